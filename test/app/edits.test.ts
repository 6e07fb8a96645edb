// The page's edits of a study: what a slider, a box, an arm does to the document, and that undoing is keeping.
import { expect, it } from 'vitest';
import { applyEdit, arms, type Edit, isDoseText, openingStudy, withoutUnknown } from '../../src/app/edits.ts';
import { encodeLink } from '../../src/study/link.ts';
import { parseStudy } from '../../src/study/schema.ts';
import { VANCOMYCIN } from '../browser/fake-engine.ts';

const opened = openingStudy(VANCOMYCIN, { name: 'vancomycin' });

it('opens a model with one arm a therapy, and as a document that the schema takes', () => {
  expect(arms(opened)).toEqual([
    { name: 'fixed', therapy: 'fixed' },
    { name: 'weighted', therapy: 'weighted' },
  ]);
  expect(parseStudy(JSON.stringify(opened))).toEqual({ study: opened });
});

it('opens a model without therapies with one untreated arm', () => {
  expect(arms(openingStudy({ ...VANCOMYCIN, therapies: [] }, { name: 'x' }))).toEqual([
    { name: 'untreated' },
  ]);
});

it('writes a changed parameter, and removes one that is back at the model’s value', () => {
  const changed = applyEdit(opened, { kind: 'parameter', name: 'TVCL', value: 6 }, VANCOMYCIN);
  expect(changed.set).toEqual({ TVCL: 6 });
  expect(applyEdit(changed, { kind: 'parameter', name: 'TVCL', value: 4.5 }, VANCOMYCIN)).toEqual(opened);
  expect(applyEdit(changed, { kind: 'parameter', name: 'TVCL', value: null }, VANCOMYCIN)).toEqual(opened);
});

it('leaves the study before an edit as it was', () => {
  const before = JSON.stringify(opened);
  applyEdit(opened, { kind: 'arm removed', index: 0 }, VANCOMYCIN);
  applyEdit(opened, { kind: 'covariate', name: 'WT', value: 70 }, VANCOMYCIN);
  expect(JSON.stringify(opened)).toBe(before);
});

it('fixes a covariate, moves its median, and lets it go again', () => {
  const fixed = applyEdit(opened, { kind: 'covariate', name: 'WT', value: 70 }, VANCOMYCIN);
  expect(fixed.cohort?.set).toEqual({ WT: 70 });
  const moved = applyEdit(fixed, { kind: 'covariate', name: 'WT', value: { median: 60 } }, VANCOMYCIN);
  expect(moved.cohort?.set).toEqual({ WT: { median: 60 } });
  expect(applyEdit(moved, { kind: 'covariate', name: 'WT', value: null }, VANCOMYCIN)).toEqual(opened);
});

it('names every new arm apart from the others', () => {
  let study = opened;
  for (let n = 0; n < 4; n++) study = applyEdit(study, { kind: 'arm added' }, VANCOMYCIN);
  expect(new Set(arms(study).map(({ name }) => name)).size).toBe(6);
});

it('gives the therapy of a removed arm to the next new one', () => {
  const without = applyEdit(opened, { kind: 'arm removed', index: 0 }, VANCOMYCIN);
  expect(arms(applyEdit(without, { kind: 'arm added' }, VANCOMYCIN))[1]).toEqual({
    name: 'fixed',
    therapy: 'fixed',
  });
});

it('takes a therapy away rather than leaving an empty one', () => {
  const bare = applyEdit(opened, { kind: 'arm therapy', index: 1, therapy: null }, VANCOMYCIN);
  expect(arms(bare)[1]).toEqual({ name: 'weighted' });
});

it('drops settings of names that an edited model no longer has, and nothing else', () => {
  const set = { ...opened, set: { TVCL: 6, GONE: 1 }, cohort: { ...opened.cohort, set: { OLD: 3, WT: 70 } } };
  const kept = withoutUnknown(set, VANCOMYCIN);
  expect(kept.set).toEqual({ TVCL: 6 });
  expect(kept.cohort).toEqual({ ...opened.cohort, set: { WT: 70 } });
});

it('tells own dose lines from the name of a therapy', () => {
  expect(isDoseText('dose 750 [mg] into central')).toBe(true);
  expect(isDoseText('# by level\n  rule r every 7 d\n    if level > 5 [mg/L] : stop')).toBe(true);
  expect(isDoseText('set CL = 3 [L/h] at 5 h')).toBe(true);
  expect(isDoseText('dosewise')).toBe(false);
  expect(isDoseText(undefined)).toBe(false);
});

it('takes patients from a table in place of distributions, keeps what is the same for all, and lets go again', () => {
  const set = { ...opened, cohort: { ...opened.cohort, set: { WT: 70, CRCL: { median: 40 } } } };
  const named = applyEdit(set, { kind: 'table', name: 'ward.csv' }, VANCOMYCIN);
  expect(named.cohort).toEqual({ ...opened.cohort, table: 'ward.csv', set: { WT: 70 } });
  expect(parseStudy(JSON.stringify(named))).toEqual({ study: named });
  const free = applyEdit(named, { kind: 'table', name: null }, VANCOMYCIN);
  expect(free.cohort).toEqual({ ...opened.cohort, set: { WT: 70 } });
  const plain = applyEdit(opened, { kind: 'table', name: 'ward.csv' }, VANCOMYCIN);
  expect(applyEdit(plain, { kind: 'table', name: null }, VANCOMYCIN)).toEqual(opened);
});

it.each<readonly [Edit, Edit]>([
  [
    { kind: 'filter', value: 'WT > 60 [kg]' },
    { kind: 'filter', value: ' ' },
  ],
  [
    { kind: 'weights', value: [{ of: 'WT', mean: 82 }] },
    { kind: 'weights', value: [] },
  ],
  [
    { kind: 'studies', value: 100 },
    { kind: 'studies', value: 1 },
  ],
  [
    { kind: 'typical', value: true },
    { kind: 'typical', value: false },
  ],
  [
    { kind: 'subgroups', splits: [{ of: 'WT' }] },
    { kind: 'subgroups', splits: [] },
  ],
  [
    { kind: 'better', endpoint: 'hit', value: 'higher' },
    { kind: 'better', endpoint: 'hit', value: null },
  ],
  [
    { kind: 'versus', arm: 'weighted' },
    { kind: 'versus', arm: 'fixed' },
  ],
])('a link is the same again when what %j asked for is taken back', async (edit, back) => {
  const pinned = { ...opened, model: { name: 'vancomycin', sha256: '0'.repeat(64) } };
  const asked = applyEdit(pinned, edit, VANCOMYCIN);
  const link = await encodeLink(pinned);
  expect(await encodeLink(asked)).not.toBe(link);
  expect(await encodeLink(applyEdit(asked, back, VANCOMYCIN))).toBe(link);
});
