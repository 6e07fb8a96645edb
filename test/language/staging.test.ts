// When a definition is computed follows from what it depends on, and a place that asks for less variation says why not.
import { describe, expect, test } from 'vitest';
import { inDependencyOrder } from '../../src/language/order.ts';
import { compiled, said, tried } from './small.ts';

const BODY = [
  'late = 12 [h] * size',
  'size = WT / 70 [kg]',
  'twice = 2 * V',
  'seen = conc * twice',
  'covariate WT : kg ~ normal(mean 70, sd 10)',
  'parameter V = 10 [L]',
  'compartment c : mg',
  'flow out : c -> at CL * conc',
  'CL = 3 [L/h] * exp(eta)',
  'random eta ~ normal(sd 0.2)',
  'output conc = c / V',
  'clock = 2 * t',
].join('\n');

describe('the stage of a definition', () => {
  const model = compiled(BODY);
  test.each([
    ['twice', 'study'],
    ['size', 'patient'],
    ['late', 'patient'],
    ['CL', 'patient'],
    ['seen', 'step'],
    ['clock', 'step'],
  ])('of %s is %s', (name, stage) =>
    expect(model.definitions.find((d) => d.name === name)?.stage).toBe(stage),
  );

  test('does not depend on the order of the text, and neither does the model', () => {
    const turned = compiled(BODY.split('\n').reverse().join('\n'));
    const stages = (m: typeof model) =>
      Object.fromEntries(m.definitions.map((d) => [d.name, [d.stage, d.unit.text, d.expression]]));
    expect(stages(turned)).toEqual(stages(model));
  });

  test('comes with an order in which each names only what is before it', () => {
    const names = model.definitions.map((d) => d.name);
    expect(names.indexOf('size')).toBeLessThan(names.indexOf('late'));
    expect(names.indexOf('twice')).toBeLessThan(names.indexOf('seen'));
  });
});

describe('a place that asks for less variation', () => {
  const hinted = (text: string) => tried(`${BODY}\n${text}`).diagnostics.map((d) => [d.message, d.hint]);
  test('explains itself by the chain of names', () => {
    expect(hinted('endpoint e = integral(conc, 0 h .. late)')).toEqual([
      [
        'the end of a window must be the same for all patients, and late differs between patients',
        'late depends on size, size depends on WT, WT is a covariate',
      ],
    ]);
    expect(hinted('compartment d : mg = c / twice * V\nflow more : d -> at 1 [1/h] * d')).toEqual([
      [
        'the initial value of d must be known before the run starts, and c changes over time',
        'c is a compartment',
      ],
    ]);
    expect(hinted('therapy r\n  dose 1 [mg] into c from clock')).toEqual([
      [
        'the first time must be known before the run starts, and clock changes over time',
        'clock depends on t, t is the time',
      ],
    ]);
    expect(hinted('random f ~ normal(sd size)\nz = exp(f)')).toEqual([
      [
        'the sd of f must be the same for all patients, and size differs between patients',
        'size depends on WT, WT is a covariate',
      ],
    ]);
    expect(hinted('covariate X : 1 ~ normal(mean clock / 1 [h], sd 1)')).toEqual([
      [
        'mean of X must be known before the run starts, and clock changes over time',
        'clock depends on t, t is the time',
      ],
    ]);
  });

  test('lets doses, initial values and endpoints differ between patients', () => {
    const more =
      'therapy r\n  dose 1 [mg/L] * twice into c from late\ncompartment d : mg = 2 [mg] * size\nflow more : d -> at 1 [1/h] * d\nendpoint e = conc at 1 h * size';
    expect(said(`${BODY}\n${more}`)).toEqual([]);
  });
});

describe('the order of dependence', () => {
  const nodes = (uses: Readonly<Record<string, readonly string[]>>) =>
    Object.entries(uses).map(([name, used]) => ({ name, defines: [name], uses: used }));
  test('keeps the order of the text where that is one', () => {
    const { order, cycles } = inDependencyOrder(nodes({ a: [], b: ['a'], c: ['elsewhere'], d: ['b', 'a'] }));
    expect(order.map((n) => n.name)).toEqual(['a', 'b', 'c', 'd']);
    expect(cycles).toEqual([]);
  });
  test('shows each cycle once, with its path', () => {
    const { order, cycles } = inDependencyOrder(
      nodes({ a: ['b'], b: ['c'], c: ['a', 'b'], d: ['d'], e: ['a'] }),
    );
    expect(cycles.map((c) => c.path)).toEqual([
      ['a', 'b', 'c', 'a'],
      ['d', 'd'],
    ]);
    expect(order.length).toBe(5);
  });
});
