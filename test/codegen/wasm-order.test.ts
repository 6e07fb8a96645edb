// What happens at one instant, clause by clause in the order of the text: two doses, a rule and a change of memory together,
// in every order of theirs, against the same steps taken by hand. In every kernel.
import { expect, test } from 'vitest';
import { lower } from '../../src/codegen/lower.ts';
import { EXACT, TSIT5 } from '../../src/codegen/methods.ts';
import { compile } from '../../src/language/compile.ts';
import { individuals, patientOf } from './happening-fixtures.ts';
import { jobFor } from './wasm-fixtures.ts';

const k = 0.1;
const AT = 6;
interface Moment {
  readonly central: number;
  readonly daily: number;
}
/** A clause of that instant, and what it does by hand. */
type Clause = readonly [text: string, what: (m: Moment) => Moment];
const dose = (share: number): Clause => [
  `dose daily * ${share} into central from ${AT} h`,
  ({ central, daily }) => ({ central: central + share * daily, daily }),
];
const CLAUSES: readonly Clause[] = [
  dose(1),
  [
    `rule adjust at ${AT} h\n    if central > 100 [mg] : set daily = daily / 2, dose 5 [mg] into central\n    else : set daily = daily * 3`,
    ({ central, daily }) =>
      central > 100 ? { central: central + 5, daily: daily / 2 } : { central, daily: daily * 3 },
  ],
  dose(0.25),
  [`set daily = daily + central at ${AT} h`, ({ central, daily }) => ({ central, daily: daily + central })],
];
const orders = <T>(all: readonly T[]): readonly (readonly T[])[] =>
  all.length < 2
    ? [all]
    : all.flatMap((one) => orders(all.filter((other) => other !== one)).map((rest) => [one, ...rest]));
const TEXTS = orders(CLAUSES).map((order) => [order.map(([text]) => text), order] as const);

function programOf(lines: readonly string[]) {
  const { model, diagnostics } = compile(
    [
      'model m "Order at one instant"', '  time h', `parameter k = ${k} [1/h]`, 'memory daily : mg = 60 [mg]',
      'compartment central : mg', 'flow out : central -> at k * central', 'output amount = central', 'output next = daily',
      'therapy a', '  dose 80 [mg] into central', ...lines.map((line) => `  ${line}`), '',
    ].join('\n'),
  ); // biome-ignore format: a text
  if (model === null) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  const { program } = lower(model, { method: TSIT5, therapies: model.therapies, endpoints: [] });
  expect(program.study.map(({ name }) => name)).toEqual(['k']);
  return program;
}

test('orders tell: most of them end elsewhere', () => {
  const ends = TEXTS.map(([, order]) =>
    order.reduce((moment, [, what]) => what(moment), { central: 80 * Math.exp(-k * AT), daily: 60 }),
  );
  expect(new Set(ends.map(({ central }) => central.toFixed(6))).size).toBeGreaterThan(15);
});

test.each(TEXTS)('%s', async (lines, order) => {
  const program = programOf(lines);
  const start: Moment = { central: 80 * Math.exp(-k * AT), daily: 60 };
  const { central, daily } = order.reduce((moment, [, what]) => what(moment), start);
  const times = Float64Array.of(0, AT, 9, 12);
  const job = jobFor(program, { times, horizon: 12, arms: [{ therapy: 0, study: Float64Array.of(k) }] });
  const single = { ...job, solver: { ...job.solver, rtol: 1e-6, atol: job.solver.atol.map(() => 1e-6) } };
  const runs = [
    ['scalar', program, job, 1e-9], ['f64x2', program, job, 1e-9], ['f32x4', program, single, 1e-5],
    ['scalar', { ...program, method: EXACT }, job, 1e-12],
  ] as const; // biome-ignore format: kernel, program, job, largest error
  for (const [kernel, own, its, within] of runs) {
    const { status, outputs } = patientOf(own, its, await individuals(kernel, own, its));
    expect(status).toBe('done');
    const wanted = [
      [0, 80 * Math.exp(-k * AT), central * Math.exp(-3 * k), central * Math.exp(-6 * k)],
      [60, 60, daily, daily],
    ];
    wanted.forEach((values, o) => {
      values.forEach((value, i) => {
        const got = outputs[o]?.[i] ?? Number.NaN;
        expect(Math.abs(got - value), `${kernel}: ${got} is not ${value}`).toBeLessThanOrEqual(within * 200);
      });
    });
  }
});

// The visit of 12 h was put off at 6 h and waits; its place in the text still decides whether the dose of 12 h sees it.
const DOSE = 'dose daily into central from 6 h every 6 h times 2';
const VISITS =
  'rule double from 6 h every 90 h\n    if daily > 0 [mg] : set daily = 2 * daily, next visit in 6 h';
test.each([
  ['doses written first', [DOSE, VISITS], [60, 120]],
  ['visits written first', [VISITS, DOSE], [120, 240]],
] as const)('a visit that waits comes in the order of the text: %s', async (_, lines, [at6, at12]) => {
  const program = programOf(lines);
  const job = jobFor(program, {
    times: Float64Array.of(13),
    horizon: 13,
    arms: [{ therapy: 0, study: Float64Array.of(k) }],
  });
  const wanted = 80 * Math.exp(-13 * k) + at6 * Math.exp(-7 * k) + at12 * Math.exp(-k);
  const single = { ...job, solver: { ...job.solver, rtol: 1e-6, atol: job.solver.atol.map(() => 1e-6) } };
  for (const [kernel, its, within] of [
    ['scalar', job, 1e-9],
    ['f64x2', job, 1e-9],
    ['f32x4', single, 1e-5],
  ] as const) {
    const { outputs } = patientOf(program, its, await individuals(kernel, program, its));
    expect(Math.abs((outputs[0]?.[0] ?? Number.NaN) - wanted), kernel).toBeLessThanOrEqual(within * wanted);
  }
});
