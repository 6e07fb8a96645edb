// Every golden dosing case on every backend, against its closed form.
// A case whose therapy cannot be read, or that a backend cannot run yet, is skipped with their own words; once the whole
// language is read, all must be, and all must run wherever nothing is said to come later.
import { afterAll, describe, expect, it } from 'vitest';
import { compile } from '../../src/language/compile.ts';
import { closeEngines, engineFor, TESTED_KERNELS } from '../engine/engines.ts';
import { CASES } from './cases.ts';
import { bends, type Group, groups, notYet, type Outcome, solve, unread } from './solve.ts';

const BOUND = { f64: 1e-8, f32: 1e-4 } as const;
const LEAST_CASES = 80;

const unreadable = new Map(CASES.map((c) => [c, unread(c)] as const));
const readable = CASES.filter((c) => unreadable.get(c) === null);

/** Constructs of therapies, the last to come among them. */
const LANGUAGE = `model m
  time h
memory k : 1/h = 1 [1/h]
compartment c : mg lag 1 h bioavailability 1 infused over 2 h
flow out : c -> at k * c
output a = c
therapy x
  dose 1 [mg] into c every 6 h at steady state
  set k = 2 [1/h] at 3 h
  reset at 4 h
`;
const whole = compile(LANGUAGE).model !== null;

const RUNS = [
  ...TESTED_KERNELS.map((backend) => [backend, 'tsit5'] as const),
  ['webassembly', 'exact'] as const,
];
const rows: string[] = [];

afterAll(async () => {
  console.info(`largest relative errors of the golden doses\n${rows.join('\n')}`);
  await closeEngines();
});

describe.each(RUNS)('on the %s backend by %s', (backend, method) => {
  const groupOf = new Map(groups(readable).flatMap((group) => group.map((c) => [c, group] as const)));
  const solved = new Map<Group, Promise<readonly Outcome[]>>();
  const errors: (readonly [error: number, name: string])[] = [];
  let bound = 0;
  let refused = 0;
  let later = 0;

  it.for(CASES.map((c) => [c.name, c] as const))('%s', async ([name, c], context) => {
    const engine = await engineFor(backend);
    bound = BOUND[engine.info.precision];
    const group = groupOf.get(c);
    if (group === undefined) {
      context.skip(`not read yet: ${unreadable.get(c)}`);
      return;
    }
    const outcomes = solved.get(group) ?? solve(group, engine, method);
    solved.set(group, outcomes);
    const outcome = (
      await outcomes.catch((error) => {
        const reason = notYet(error);
        if (reason === null) throw error;
        later++;
        return context.skip(reason);
      })
    )[group.indexOf(c)];
    if (method === 'exact' && outcome?.status === 'refused') {
      expect(bends(c), 'only changing coefficients are refused').toBe(true);
      refused++;
      return;
    }
    expect(outcome?.status).toBe('done');
    errors.push([outcome?.error ?? Number.NaN, name]);
    expect(outcome?.error, outcome?.where).toBeLessThan(bound);
  });

  it.skipIf(!whole)('runs them all', (context) => {
    if (later > 0) context.skip(`${later} cases are for kernels to come`);
    expect(errors.length + refused).toBe(CASES.length);
    expect(errors.length).toBeGreaterThanOrEqual(LEAST_CASES);
  });

  afterAll(() => {
    const right = errors.filter(([error]) => error < bound).toSorted(([a], [b]) => b - a);
    const [worst = [0, 'none']] = right;
    const wrong = errors.length - right.length;
    rows.push(
      `${backend}, ${method}: ${worst[0].toExponential(1)} in ${right.length} cases (${worst[1]})${wrong > 0 ? `, ${wrong} WRONG` : ''}${later > 0 ? `, ${later} not yet` : ''}`,
    );
  });
});

it.skipIf(!whole)('every case is read', () => {
  expect(CASES.filter((c) => unreadable.get(c) !== null).map((c) => [c.name, unreadable.get(c)])).toEqual([]);
});
