// Models' own texts, lowered, in the WebAssembly kernels and in the oracle (oracle-happenings.ts), which knows nothing of
// the kernels: the same doses, visits and events at the same times with the same captured values, and the same outputs.
import { describe, expect, test } from 'vitest';
import { isLinear } from '../../src/codegen/linear.ts';
import { lower } from '../../src/codegen/lower.ts';
import { EXACT, TSIT5 } from '../../src/codegen/methods.ts';
import { compile } from '../../src/language/compile.ts';
import { runHappenings } from '../oracle-happenings.ts';
import { ALSO_HELD, individuals, patientOf, rowsOf, type Solved } from './happening-fixtures.ts';
import { jobFor } from './wasm-fixtures.ts';

const HEADER = `model drug "One compartment"
  time h
covariate WT : kg ~ normal(mean 70, sd 10)
parameter k = 0.1 [1/h]
parameter F = 0.5
parameter V = 10 [L]
`;
const FLOW = `flow elimination : central -> at k * central
output amount = central
output conc = central / V in mg/L
`;
const VALUES: Readonly<Record<string, number>> = { k: 0.1, F: 0.5, V: 10 };
const PLAIN = 'compartment central : mg\n';
/** A generator of its own (Park and Miller, 1988). */
function uniform(rows: number, fields: number): number[][] {
  let seed = 4711;
  return Array.from({ length: rows }, () =>
    Array.from({ length: fields }, (_, f) => {
      seed = (seed * 48271) % 2147483647;
      return f === 0 ? 0 : seed / 2147483647;
    }),
  );
}

/** Every patient's columns are 70: so is the effect of the first occasion. */
const BY_DOSE = `random kappa ~ normal(sd 20) per occasion
occasions each dose
compartment central : mg bioavailability 0.4 + 0.002 * kappa lag 0.5 h
`;

const CASES: readonly (readonly [name: string, before: string, therapy: string])[] = [
  ['fills up', PLAIN, '  dose 100 [mg] - central into central every 12 h times 3'],
  [
    'a rate, a lag and bioavailability',
    PLAIN,
    '  dose 100 [mg] into central at 10 [mg/h] lag 1 h bioavailability F every 4 h times 3 while t < 30 [h]',
  ],
  ['withheld', PLAIN, '  dose 100 [mg] into central every 6 h times 4 while central < 60 [mg]'],
  ['overlaps', PLAIN, '  dose 100 [mg] into central over 9 h every 4 h times 5 while central < 400 [mg]'],
  ['steady bolus', PLAIN, '  dose 60 [mg] into central from 2 h every 8 h times 3 at steady state'],
  ['steady infusion', PLAIN, '  dose 60 [mg] into central over 3 h every 8 h times 4 at steady state'],
  ['steady long infusion', PLAIN, '  dose 60 [mg] into central over 20 h every 8 h times 1 at steady state'],
  [
    'adherence',
    PLAIN,
    '  dose 10 [mg] into central every 5 h times 7 taken 50 % doubled 60 % after a missed one late 50 % by 1 h .. 3 h',
  ],
  [
    'parameters that change',
    'compartment central : mg = 40 [mg]\n',
    '  dose 100 [mg] into central\n  set k = 0.2 [1/h], V = 20 [L] at 10 h',
  ],
  [
    'a reset among doses',
    'compartment central : mg\nmemory m : 1 = 0\n',
    '  dose 100 [mg] into central over 20 h\n  dose 50 [mg] into central from 4 h lag 4 h\n  set m = 7 at 2 h\n  reset at 5 h\n  dose m * 1 [mg] into central from 9 h',
  ],
  [
    'order of the text',
    'compartment central : mg\nmemory m : 1 = 1\n',
    '  dose m * 10 [mg] into central every 6 h times 4\n  set m = 2 at 6 h\n  dose m * 1 [mg] into central from 6 h',
  ],
  [
    'a rule with noise',
    'compartment central : mg\nmeasure level of conc error additive 2 [mg/L] lloq 1 [mg/L]\n',
    '  memory daily : mg = 100 [mg]\n  rule halve from 10 h every 10 h times 3\n    if level > 5 [mg/L] : set daily = daily / 2\n  dose daily into central every 10 h times 4',
  ],
  [
    'a rule that is confirmed',
    PLAIN,
    '  rule rescue from 1 h every 1 h times 6\n    if conc < 8 [mg/L] confirmed 2 times : dose 30 [mg] into central\n  dose 90 [mg] into central',
  ],
  [
    'a dose written before visits that wait',
    'compartment central : mg\nmemory daily : mg = 20 [mg]\n',
    '  dose daily into central every 5 h\n  rule double from 5 h every 90 h\n    if daily > 0 [mg] : set daily = 2 * daily, next visit in 10 h',
  ],
  [
    'a dose written after visits that wait',
    'compartment central : mg\nmemory daily : mg = 20 [mg]\n',
    '  rule double from 5 h every 90 h\n    if daily > 0 [mg] : set daily = 2 * daily, next visit in 10 h\n  dose daily into central every 5 h',
  ],
  [
    'visits that decide the next one',
    PLAIN,
    '  memory n : 1 = 0\n  rule visits from 2 h every 6 h\n    if n < 2 : set n = n + 1, next visit in 3 h\n    else : set n = n + 1, dose 10 [mg] into central\n  dose 1 [mg] into central',
  ],
  [
    'an event with a delay',
    'compartment central : mg = 100 [mg]\nwhen central falls below 50 [mg] after 2 h : set central = 2 * central\n',
    '  dose 0 [mg] into central',
  ],
  [
    'as needed',
    PLAIN,
    '  when central < 20 [mg] at least 4 h apart at most 3 times : dose 10 [mg] into central',
  ],
  [
    'infusions as needed, and an event of the model',
    'compartment central : mg = 100 [mg]\nwhen exp(-V / 10 [L]) * conc < 1 [mg/L] : set central = 100 [mg]\n',
    '  dose 1 [mg] into central\n  set V = 20 [L] at 3 h\n  when central < 60 [mg] at least 2 h apart : dose 10 [mg] into central over 3 h',
  ],
  [
    'an occasion with each dose of two lines, some of one instant, some missed',
    BY_DOSE,
    '  dose 10 [mg] into central every 6 h times 5\n  dose 20 [mg] into central over 2 h from 3 h every 3 h times 7 taken 50 % doubled 60 % after a missed one',
  ],
  [
    'an occasion with each dose that a rule or an event gives, or a line while something holds',
    BY_DOSE,
    '  rule rescue from 1 h every 2 h times 6\n    if conc < 2 [mg/L] : dose 30 [mg] into central\n  dose 9 [mg] into central every 4 h times 7 while 50 * central > kappa * 1 [mg]\n  when central < 5 [mg] at least 3 h apart at most 4 times : dose 10 [mg] into central over 1 h',
  ],
];

const near = (got: number, wanted: number, scale: number, within: number, of: string) =>
  expect(Math.abs(got - wanted), `${of}: ${got} is not ${wanted}`).toBeLessThanOrEqual(within * scale);

describe('in every kernel as in the oracle', () => {
  test.each(CASES)('%s', async (_, before, therapy) => {
    const { model, diagnostics } = compile(`${HEADER}${before}${FLOW}therapy a\n${therapy}\n`);
    if (!model) throw new Error(diagnostics.map((d) => `${d.line}: ${d.message}`).join('\n'));
    const options = { method: TSIT5, therapies: model.therapies, endpoints: model.endpoints };
    const { program } = lower(model, options);
    expect(program.happenings.length).toBeGreaterThan(0);
    const times = Array.from({ length: 33 }, (_, i) => i);
    const study = program.study.map(({ name }) => VALUES[name] ?? Number.NaN);
    const rows = program.tables.map(({ fields }) => uniform(40, fields.length));
    const wanted = runHappenings(program, {
      study,
      columns: program.columns.map(() => 70),
      therapy: 0,
      times,
      tables: rows,
      steps: 6000,
    });
    // The run ends at the horizon before anything happens there.
    const happened = wanted.ledger.filter(({ time }) => time < 32);
    const job = jobFor(program, {
      horizon: 32,
      times: Float64Array.from(times),
      column: program.columns.map(() => 70),
      arms: [{ therapy: 0, study: Float64Array.from(study) }],
      tables: rows.map((own, t) => rowsOf([own], program.tables[t]?.fields.length ?? 0)),
    });
    const check = ({ status, outputs, ledger }: Solved, within: number, later: number) => {
      expect(status).toBe('done');
      const executed = ledger.filter(({ happening }) => happening >= 0);
      expect(executed.map(({ happening }) => happening)).toEqual(happened.map(({ happening }) => happening));
      executed.forEach(({ time, captured }, i) => {
        const own = happened[i];
        near(time, own?.time ?? Number.NaN, 1, later, `time of ${i}`);
        own?.captured.forEach((value, c) => {
          near(
            captured[c] ?? Number.NaN,
            value,
            Math.max(1, Math.abs(value)),
            within,
            `captured ${c} of ${i}`,
          );
        });
      });
      wanted.outputs.forEach((values, o) => {
        const scale = Math.max(...values.map(Math.abs));
        values.forEach((value, i) => {
          near(outputs[o]?.[i] ?? Number.NaN, value, scale, within, `output ${o} at ${times[i]}`);
        });
      });
    };
    const scalar = patientOf(program, job, await individuals('scalar', program, job));
    check(scalar, 1e-7, 1e-6);
    expect(patientOf(program, job, await individuals('f64x2', program, job))).toEqual(scalar);
    const single = { ...job, solver: { ...job.solver, rtol: 1e-6, atol: job.solver.atol.map(() => 1e-5) } };
    check(patientOf(program, single, await individuals('f32x4', program, single)), 1e-4, 1e-2);
    for (const hold of ALSO_HELD) await hold(program, single, scalar);

    if (program.happenings.some(({ trigger }) => trigger.kind === 'condition')) return;
    // The ledger as a schedule: the same bits.
    const { program: replay } = lower(model, { ...options, replay: true });
    const width = replay.tables[replay.replay ?? -1]?.fields.length ?? 0;
    const schedule = scalar.ledger.map(({ time, happening, captured }) => {
      const row = [time, happening, ...captured];
      return [...row, ...new Array<number>(width - row.length).fill(0)];
    });
    const open = {
      ...job,
      tables: [...(job.tables ?? []).slice(0, replay.tables.length - 1), rowsOf([schedule], width)],
    };
    for (const kernel of ['scalar', 'f64x2'] as const) {
      const replayed = patientOf(replay, open, await individuals(kernel, replay, open));
      expect(replayed).toEqual(scalar);
    }
    if (isLinear(program).linear) {
      const exact = { ...program, method: EXACT };
      check(patientOf(exact, job, await individuals('scalar', exact, job)), 1e-7, 1e-9);
    }
  });
});
