// Targets of a cohort as the page edits them: bars that are dragged, kinds that are known again, what goes with what is gone;
// and the bars that a target starts from.
import { describe, expect, it } from 'vitest';
import { applyEdit, openingStudy } from '../../src/app/edits.ts';
import { edgesFor, spreadOf } from '../../src/app/spread.ts';
import { dragged, kindOf, newTarget, ownShares, weighables, wholeShares } from '../../src/app/weights.ts';
import { parseStudy } from '../../src/study/schema.ts';
import type { Study, WeightTarget } from '../../src/study/study.ts';
import { VANCOMYCIN } from '../browser/fake-engine.ts';

const opened = openingStudy(VANCOMYCIN, { name: 'vancomycin' });
const all = weighables(VANCOMYCIN);
const named = (name: string) => {
  const found = all.find((one) => one.name === name);
  if (!found) throw new Error(`no ${name}`);
  return found;
};
const sum = (shares: readonly number[]) => shares.reduce((total, share) => total + share, 0);

describe('bars', () => {
  it('give and take in proportion when one is dragged, and add up to 1 to the last digit', () => {
    const shares = dragged([0.2, 0.5, 0.3], 0, 0.6);
    expect(shares).toEqual([0.6, 0.25, 0.15]);
    let moved: readonly number[] = [0.1, 0.2, 0.3, 0.15, 0.25];
    for (let n = 0; n < 300; n++) moved = dragged(moved, n % 5, ((n * 7) % 23) / 31);
    expect(Math.abs(sum(moved) - 1)).toBeLessThan(1e-12);
    expect(Math.min(...moved)).toBeGreaterThanOrEqual(0);
  });

  it('stay between nobody and everybody, and come back from everybody', () => {
    expect(dragged([0.2, 0.8], 1, 1.7)).toEqual([0, 1]);
    expect(dragged([0.2, 0.8], 0, -3)).toEqual([0, 1]);
    // All others were empty: they share what is given back.
    expect(dragged([0, 1, 0], 1, 0.4)).toEqual([0.3, 0.4, 0.3]);
    expect(dragged([1], 0, 0.3)).toEqual([1]);
  });

  it('are of four digits, and the largest takes what rounding leaves', () => {
    expect(wholeShares([1, 1, 1])).toEqual([0.3334, 0.3333, 0.3333]);
  });
});

describe('a target', () => {
  it.each([
    ['mean', 'WT'],
    ['spread', 'WT'],
    ['median', 'auc24'],
    ['quantile', 'auc24'],
    ['share', 'DIAL'],
    ['share', 'hit'],
  ] as const)('that is made as a %s of %s is known again, and a study takes it', (kind, name) => {
    const target = newTarget(named(name), kind, { mean: 0.41234, median: 0.4, sd: 0.1 }, 'fixed');
    expect(kindOf(target, named(name))).toBe(kind);
    const study = applyEdit(opened, { kind: 'weights', value: [target] }, VANCOMYCIN);
    expect(parseStudy(JSON.stringify(study))).toEqual({ study });
  });

  it('of several numbers at once, as in a study from elsewhere, is of no one kind', () => {
    expect(kindOf({ of: 'WT', mean: 70, quantiles: { '0.5': 68 } }, named('WT'))).toBeNull();
    expect(kindOf({ of: 'WT', quantiles: { '0.1': 50, '0.9': 68 } }, named('WT'))).toBeNull();
  });

  it('of an endpoint is of an arm, and one of a covariate is not', () => {
    const present = { mean: 500, median: 450, sd: 100 };
    expect(newTarget(named('auc24'), 'mean', present, 'fixed')).toEqual({
      of: 'auc24',
      arm: 'fixed',
      mean: 500,
    });
    expect(newTarget(named('WT'), 'mean', present, 'fixed')).toEqual({ of: 'WT', mean: 500 });
  });

  it('starts from the model’s own shares of categories, from even ones where they depend on the patient', () => {
    const stage = {
      ...VANCOMYCIN.covariates[0],
      name: 'STAGE',
      label: '',
      unit: '',
      type: 'category',
      categories: ['mild', 'severe'],
      distribution: 'categories',
      parameters: { p0: 3, p1: 1 },
    } as const;
    expect(ownShares(stage)).toEqual({ mild: 0.75, severe: 0.25 });
    expect(ownShares({ ...stage, parameters: { p0: 3, p1: null } })).toEqual({ mild: 0.5, severe: 0.5 });
  });
});

describe('edits of a cohort', () => {
  const weights: readonly WeightTarget[] = [
    { of: 'WT', mean: 70 },
    { of: 'auc24', arm: 'weighted', mean: 500 },
  ];
  const weighted: Study = applyEdit(opened, { kind: 'weights', value: weights }, VANCOMYCIN);

  it('leave out what says nothing', () => {
    expect(applyEdit(weighted, { kind: 'weights', value: [] }, VANCOMYCIN)).toEqual(opened);
    const filtered = applyEdit(opened, { kind: 'filter', value: ' CRCL < 60 [mL/min] ' }, VANCOMYCIN);
    expect(filtered.cohort?.filter).toBe('CRCL < 60 [mL/min]');
    expect(applyEdit(filtered, { kind: 'filter', value: '  ' }, VANCOMYCIN)).toEqual(opened);
  });

  it('rename an arm in its targets, and remove targets of an arm that is removed', () => {
    const renamed = applyEdit(weighted, { kind: 'arm renamed', index: 1, name: 'by weight' }, VANCOMYCIN);
    expect(renamed.cohort?.weights?.[1]?.arm).toBe('by weight');
    const removed = applyEdit(weighted, { kind: 'arm removed', index: 1 }, VANCOMYCIN);
    expect(removed.cohort?.weights).toEqual(weights.slice(0, 1));
  });

  it('share patients out evenly among simulated studies, from either side', () => {
    const several = applyEdit(opened, { kind: 'studies', value: 30 }, VANCOMYCIN);
    expect(several.cohort).toMatchObject({ studies: 30, patients: 9990 });
    const fewer = applyEdit(several, { kind: 'patients', value: 1000 }, VANCOMYCIN);
    expect(fewer.cohort).toMatchObject({ studies: 30, patients: 990 });
    expect(applyEdit(several, { kind: 'studies', value: 1 }, VANCOMYCIN).cohort).not.toHaveProperty(
      'studies',
    );
  });

  it('count a table’s clouds as patients, and forget them with the table', () => {
    const table = applyEdit(opened, { kind: 'table', name: 'ward.csv' }, VANCOMYCIN);
    const clouds = applyEdit(table, { kind: 'clouds', value: 200, rows: 30 }, VANCOMYCIN);
    expect(clouds.cohort).toMatchObject({ clouds: 200, patients: 6000, table: 'ward.csv' });
    expect(applyEdit(clouds, { kind: 'table', name: null }, VANCOMYCIN).cohort).not.toHaveProperty('clouds');
  });

  it('take real patients as they are: no filter, no clouds, no studies of a dosing file', () => {
    const filtered = applyEdit(opened, { kind: 'filter', value: 'not DIAL' }, VANCOMYCIN);
    const data = { kind: 'data', data: { file: 'doses.csv' }, subjects: 3, until: 24 } as const;
    expect(applyEdit(filtered, data, VANCOMYCIN).cohort).toEqual({
      data: { file: 'doses.csv' },
      patients: 3,
      seed: '1',
    });
  });
});

describe('how a covariate is spread', () => {
  const values = Float64Array.from({ length: 1000 }, (_, i) => 40 + 80 * ((i + 0.5) / 1000));

  it('is told in bars of round edges that leave nobody outside', () => {
    for (const some of [
      values,
      values.map((x) => 1e-4 * x),
      values.map((x) => Math.exp(x / 12)),
      Float64Array.of(3, 3, 3),
    ]) {
      const { edges, shares } = spreadOf(some);
      expect(edges[0]).toBeLessThanOrEqual(Math.min(...some));
      expect(edges.at(-1)).toBeGreaterThan(Math.max(...some));
      expect(sum(shares)).toBeCloseTo(1, 12);
      expect(shares.every((share) => share > 0)).toBe(true);
      expect(edges.length).toBeLessThanOrEqual(15);
    }
    expect(edgesFor(values)).toEqual([40, 50, 60, 70, 80, 90, 100, 110, 120]);
  });

  it('has the shares of edges that are given, and mean, spread and middle', () => {
    const { shares, mean, sd, median } = spreadOf(values, [40, 60, 80, 120]);
    expect(shares).toEqual([0.25, 0.25, 0.5]);
    expect([mean, median]).toEqual([expect.closeTo(80, 9), expect.closeTo(80, 9)]);
    // Evenly over 80: 80 / sqrt(12).
    expect(sd).toBeCloseTo(80 / Math.sqrt(12), 1);
  });
});
