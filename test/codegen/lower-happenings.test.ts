// What constructs of the language become in a Program, and what those Programs do: runs through the oracle against closed
// forms. Drug models are one compartment, dA/dt = -k A, so amounts are sums of exponentials.
import { describe, expect, it } from 'vitest';
import { clockTimes, sharedClockTimes } from '../../src/codegen/dose-times.ts';
import { drawRows, MOST_ROWS } from '../../src/codegen/draw-rows.ts';
import { isLinear } from '../../src/codegen/linear.ts';
import { type Lowered, lower } from '../../src/codegen/lower.ts';
import { TSIT5 } from '../../src/codegen/methods.ts';
import { namesIn } from '../../src/codegen/qualify.ts';
import { RECORD_FIELDS, type RecordsPlan, recordColumns } from '../../src/codegen/records.ts';
import { compile } from '../../src/language/compile.ts';
import type { Model } from '../../src/language/model.ts';
import { type HappeningCase, type HappeningRun, runHappenings } from '../oracle-happenings.ts';

const K = 0.1;
const HEADER = `model drug "One compartment"
  time h
covariate WT : kg ~ normal(mean 70, sd 10)
parameter k = ${K} [1/h]
parameter F = 0.5
parameter V = 10 [L]
flow elimination : central -> at k * central
output amount = central
output conc = central / V in mg/L
`;
const model = (therapy: string, extra = 'compartment central : mg\n'): Model => {
  const { model: made, diagnostics } = compile(`${HEADER}${extra}therapy a\n${therapy}\n`);
  if (!made) throw new Error(diagnostics.map((d) => `${d.line}: ${d.message}`).join('\n'));
  return made;
};
const lowered = (m: Model, more: { records?: RecordsPlan; replay?: boolean } = {}): Lowered =>
  lower(m, { method: TSIT5, therapies: m.therapies, endpoints: m.endpoints, ...more });
const WT = 70;
function run(
  { program }: Lowered,
  times: readonly number[],
  more: Partial<HappeningCase> & { set?: Readonly<Record<string, number>> } = {},
): HappeningRun {
  const values: Record<string, number> = { k: K, F: 0.5, V: 10, ...more.set };
  return runHappenings(program, {
    study: program.study.map(({ name }) => values[name] ?? Number.NaN),
    columns: program.columns.map(({ name }) => (name === 'WT' ? WT : 0)),
    therapy: 0,
    times,
    ...more,
  });
}
const decay = (t: number): number => (t > 0 ? Math.exp(-K * t) : 0);
/** Amount at t after an infusion at `rate` from `from` to `to`. */
const infused = (t: number, rate: number, from: number, to: number): number =>
  t <= from ? 0 : (rate / K) * (Math.exp(-K * (t - Math.min(t, to))) - Math.exp(-K * (t - from)));
const TIMES = [0, 3, 5, 9.5, 12, 20, 31, 40];
function same(got: readonly number[] | undefined, wanted: readonly number[], tolerance = 1e-9): void {
  expect(got).toHaveLength(wanted.length);
  const scale = Math.max(...wanted.map(Math.abs));
  for (const [i, w] of wanted.entries())
    expect(Math.abs((got?.[i] ?? Number.NaN) - w)).toBeLessThanOrEqual(tolerance * scale);
}

describe('a therapy whose doses are all known before the run', () => {
  it('is streams, with bioavailability in the amount and lag in the start', () => {
    const { program, draws } = lowered(
      model(
        '  dose 100 [mg] into central from 2 h every 12 h times 3',
        'compartment central : mg bioavailability F lag 1 h\n',
      ),
    );
    expect(program.happenings).toEqual([]);
    expect(program.streams).toEqual([{ therapy: 0, into: 0 }]);
    expect(program.inputs).toEqual([]);
    expect([program.agenda, program.draws, program.replay, draws]).toEqual([0, null, null, []]);
    const times = [0, 3.5, 10, 20, 40];
    const wanted = times.map((t) => [3, 15, 27].reduce((sum, at) => sum + 50 * decay(t - at), 0));
    same(
      run(
        lowered(
          model(
            '  dose 100 [mg] into central from 2 h every 12 h times 3',
            'compartment central : mg bioavailability F lag 1 h\n',
          ),
        ),
        times,
      ).outputs[0],
      wanted,
    );
  });

  it('scales the duration of a given rate and the rate of a given duration', () => {
    for (const [text, to] of [
      ['at 10 [mg/h]', 5],
      ['over 8 h', 8],
    ] as const) {
      const l = lowered(model(`  dose 100 [mg] into central ${text} bioavailability F`));
      expect(l.program.happenings).toEqual([]);
      same(
        run(l, TIMES).outputs[0],
        TIMES.map((t) => infused(t, 50 / to, 0, to)),
      );
    }
  });

  it('becomes happenings when the model resets every arm', () => {
    const { program } = lowered(
      model(
        '  dose 100 [mg] into central',
        'compartment central : mg\nwhen central falls below 50 [mg] : reset\n',
      ),
    );
    expect(program.streams).toEqual([]);
    expect(program.happenings.some(({ dose }) => dose !== null)).toBe(true);
  });
});

describe('a dose that is decided when it is due', () => {
  it('captures amount, duration and whether it is given, and adds to the state', () => {
    const l = lowered(model('  dose 100 [mg] - central into central every 12 h times 3'));
    const [h] = l.program.happenings;
    expect(l.program.streams).toEqual([]);
    expect(l.captured).toEqual([['amount', 'duration', 'given']]);
    expect(h?.dose).toEqual({ state: 0, amount: 0, duration: 1 });
    expect(h?.targets).toEqual([{ kind: 'state', index: 0 }]);
    // Every dose fills up to 100 mg.
    same(
      run(l, TIMES).outputs[0],
      TIMES.map((t) => (t === 0 ? 0 : 100 * Math.exp(-K * (t <= 24 ? t % 12 || 12 : t - 24)))),
    );
  });

  it('infuses with lag and bioavailability, and overlapping infusions add up and end at exactly 0', () => {
    const l = lowered(
      model(
        '  dose 100 [mg] into central at 10 [mg/h] lag 1 h bioavailability F every 4 h times 3 while t < 30 [h]',
      ),
    );
    const { outputs, u } = run(l, TIMES);
    same(
      outputs[0],
      TIMES.map((t) => [1, 5, 9].reduce((sum, from) => sum + infused(t, 10, from, from + 5), 0)),
    );
    expect(u.infused_central).toBe(0);
    expect(u.infusions_central).toBe(0);
    expect(l.program.inputs.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'held infused_central',
      'held infusions_central',
    ]);
  });

  it('is not given while its condition does not hold', () => {
    const l = lowered(model('  dose 100 [mg] into central every 6 h times 4 while central < 60 [mg]'));
    expect(run(l, [40]).ledger.map(({ time }) => time)).toEqual(
      [0, 6, 12, 18].filter((t) => {
        const before: Record<number, number> = {
          0: 0,
          6: 100 * decay(6),
          12: 100 * decay(12) + 100 * decay(6),
          18: 100 * decay(18) + 100 * decay(12),
        };
        return (before[t] ?? 0) < 60;
      }),
    );
  });

  it('reaches the steady state of its regimen, also with lag and with infusions longer than the interval', () => {
    for (const [text, past] of [
      [
        'every 8 h times 1 while t < 90 [h] at steady state',
        (t: number) => (100 * decay(t)) / (1 - Math.exp(-K * 8)),
      ],
      [
        'lag 3 h every 8 h times 1 while t < 90 [h] at steady state',
        (t: number) => (100 * Math.exp(-K * (t + 5))) / (1 - Math.exp(-K * 8)) + 100 * decay(t - 3),
      ],
    ] as const) {
      const l = lowered(model(`  dose 100 [mg] into central ${text}`));
      same(run(l, [1, 2.5, 6, 20]).outputs[0], [1, 2.5, 6, 20].map(past), 1e-7);
    }
    const long = lowered(model('  dose 60 [mg] into central over 20 h every 8 h times 1 at steady state'));
    const wanted = [1, 5, 13, 25].map((t) =>
      Array.from({ length: 60 }, (_, n) => infused(t, 3, -8 * n, 20 - 8 * n)).reduce((a, b) => a + b),
    );
    const { outputs, u } = run(long, [1, 5, 13, 25]);
    same(outputs[0], wanted, 1e-7);
    expect(u.infused_central).toBe(0);
  });
});

describe('adherence', () => {
  const l = lowered(model('  dose 1 [mg] into central every 1 h taken 80 %, 40 % after a missed one'));
  it('takes the share of a two-state chain', () => {
    expect(l.draws.map(({ kind, name, purpose }) => ({ kind, name, purpose }))).toEqual([
      { kind: 'uniform', name: 'dose 1 into central: taken', purpose: 'adherence' },
    ]);
    // A generator of its own (Park and Miller, 1988), so that the chain is told by nothing of the product.
    let seed = 12345;
    const rows = Array.from({ length: 4001 }, () => {
      seed = (seed * 48271) % 2147483647;
      return [0, seed / 2147483647];
    });
    const draws = l.program.draws ?? -1;
    const tables = l.program.tables.map((_, i) => (i === draws ? rows : []));
    const { ledger } = run(l, [4000], { tables, steps: 4000 });
    const given = ledger.filter(({ happening }) => l.program.happenings[happening]?.dose);
    let before = true;
    const wanted = rows.filter(([, draw = 1]) => {
      before = draw < (before ? 0.8 : 0.4);
      return before;
    });
    expect(given).toHaveLength(wanted.length);
    // Stationary share p = 0.4 / (1 - 0.8 + 0.4) = 2/3; sd of the share with lag-1 correlation 0.4.
    const sd = Math.sqrt(((2 / 9) * (1.4 / 0.6)) / 4000);
    expect(Math.abs(given.length / 4001 - 2 / 3)).toBeLessThan(4 * sd);
  });

  it('doubles after a missed dose and is late by a part of the bounds', () => {
    const late = lowered(
      model(
        '  dose 10 [mg] into central every 10 h times 3 taken 50 % doubled 60 % after a missed one late 50 % by 1 h .. 3 h',
      ),
    );
    expect(late.draws.map(({ name }) => name.replace('dose 1 into central: ', ''))).toEqual([
      'taken',
      'doubled',
      'late',
    ]);
    // Missed; taken, doubled, late by 1 + 2 * 0.25 / 0.5; taken in time, no missed one before.
    const rows = [
      [0, 0.9, 0, 0],
      [0, 0.1, 0.5, 0.25],
      [0, 0.2, 0.1, 0.8],
    ];
    const tables = late.program.tables.map(() => rows);
    const doses = run(late, [40], { tables }).ledger.filter(
      ({ happening }) => late.program.happenings[happening]?.dose,
    );
    expect(doses.map(({ time, captured }) => [time, captured[0]])).toEqual([
      [expect.closeTo(12, 9), 20],
      [20, 10],
    ]);
  });

  it('needs a row of draws an occurrence', () => {
    const [stream] = l.draws;
    if (!stream) throw new Error('no draws');
    expect(drawRows(stream, 24, () => Number.NaN)).toBe(26);
    expect(
      drawRows(
        {
          ...stream,
          schedules: [
            {
              start: { kind: 'number', value: 0 },
              interval: { kind: 'symbol', name: 'WT' },
              count: { kind: 'number', value: 1e6 },
            },
          ],
        },
        24,
        () => Number.NaN,
      ),
    ).toBe(MOST_ROWS);
  });
});

describe('changes at times', () => {
  it('make a parameter held, and parts of the step that depend on it derived once a segment', () => {
    const l = lowered(
      model(
        '  dose 100 [mg] into central\n  set k = 0.2 [1/h], V = 20 [L] at 10 h',
        'compartment central : mg = 40 [mg]\n',
      ),
    );
    const { program } = l;
    expect(program.inputs.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'held k',
      'held V',
      'derived d0',
    ]);
    expect([...namesIn(program.rhs.results[0] ?? { kind: 'number', value: 0 })]).not.toContain('p.k');
    const { outputs } = run(l, [0, 5, 10, 20]);
    same(outputs[0], [40, 140 * decay(5), 140 * decay(10), 140 * decay(10) * Math.exp(-2)]);
    same(outputs[1], [4, 14 * decay(5), 14 * decay(10), 7 * decay(10) * Math.exp(-2)]);
  });

  it('reset the states, end infusions and waiting doses, and leave memories', () => {
    const l = lowered(
      model(
        '  dose 100 [mg] into central over 20 h\n  dose 50 [mg] into central from 4 h lag 4 h\n  set m = 7 at 2 h\n  reset at 5 h\n  dose m * 1 [mg] into central from 9 h',
        'compartment central : mg\nmemory m : 1 = 0\n',
      ),
    );
    same(run(l, [5, 6, 9, 20]).outputs[0], [infused(5, 5, 0, 20), 0, 0, 7 * decay(11)]);
  });

  it('of one instant happen in the order of the text', () => {
    for (const [text, wanted] of [
      ['  set m = 2 at 0 h\n  dose m * 10 [mg] into central', 20],
      ['  dose m * 10 [mg] into central\n  set m = 2 at 0 h', 10],
    ] as const)
      same(run(lowered(model(text, 'compartment central : mg\nmemory m : 1 = 1\n')), [10]).outputs[0], [
        wanted * decay(10),
      ]);
  });
});

describe('rules', () => {
  const RULE = `  memory daily : mg = 100 [mg]
  rule halve from 10 h every 10 h times 3
    if level > 5 [mg/L] : set daily = daily / 2
  dose daily into central every 10 h times 4`;
  const EXTRA = 'compartment central : mg\nmeasure level of conc error additive 2 [mg/L] lloq 1 [mg/L]\n';
  const l = lowered(model(RULE, EXTRA));

  it('read a drawn measurement, decide by captured values and set a memory', () => {
    expect(l.draws.map(({ kind, name, purpose }) => ({ kind, name, purpose }))).toEqual([
      { kind: 'normal', name: 'halve: level', purpose: 'residual error' },
    ]);
    expect(l.captured[0]).toEqual(['branch', 'level', 'daily']);
    const effect = l.program.happenings[0]?.effect;
    for (const e of [...(effect?.results ?? []), ...(effect?.locals ?? [])])
      for (const name of namesIn(e)) expect(name).toMatch(/^(c|u|local)\./);
    // Concentrations before the visits: 10 e^-1 = 3.68; then with 100 mg each.
    const rows = [
      [0, 1],
      [0, -1],
      [0, -3],
    ];
    const { ledger, u } = run(l, [40], { tables: [rows] });
    const visits = ledger.filter(({ happening }) => happening === 0);
    // 3.68 + 2 > 5: halved. Then (100 e^-2 + 50 e^-1) / 10 - 2 = 1.19; then below the limit: half of it.
    expect(visits.map(({ captured }) => captured[0])).toEqual([1, 0, 0]);
    expect(visits[0]?.captured[1]).toBeCloseTo(10 * Math.exp(-1) + 2, 8);
    expect(visits[1]?.captured[1]).toBeCloseTo(10 * Math.exp(-2) + 5 * Math.exp(-1) - 2, 8);
    expect(visits[2]?.captured[1]).toBe(0.5);
    expect(u.daily).toBe(50);
  });

  it('are replayed by their ledger: the same happenings, the same numbers', () => {
    const rows = [
      [0, 1],
      [0, -1],
      [0, -3],
    ];
    const closed = run(l, TIMES, { tables: [rows] });
    const again = lowered(model(RULE, EXTRA), { replay: true });
    expect(again.program.happenings).toEqual(l.program.happenings);
    const { replay, tables } = again.program;
    expect(tables[replay ?? -1]?.fields.slice(0, 3)).toEqual(['time', 'happening', 'c0']);
    const ledger = closed.ledger.map(({ time, happening, captured }) => [time, happening, ...captured]);
    const open = run(again, TIMES, { tables: tables.map((_, i) => (i === replay ? ledger : [])) });
    expect(open.outputs).toEqual(closed.outputs);
    expect(ledger.length).toBeGreaterThan(6);
  });

  it('confirm at consecutive visits, and give doses that stand in the ledger as doses', () => {
    const text = `  rule rescue from 1 h every 1 h times 6
    if conc < 8 [mg/L] confirmed 2 times : dose 30 [mg] into central
  dose 90 [mg] into central`;
    const r = lowered(model(text));
    const { ledger } = run(r, [10]);
    // 9 e^-0.1 = 8.14, 7.37, 6.67 -> dose; (6.67 + 3) e^-0.1 = 8.75; 7.92; 7.16 -> dose.
    const doses = ledger.filter(
      ({ happening }) => r.program.happenings[happening]?.dose && (ledger[0]?.time ?? 0) >= 0,
    );
    expect(doses.map(({ time, captured }) => [time, captured[0]])).toEqual([
      [0, 90],
      [3, 30],
      [6, 30],
    ]);
  });

  it('decide at each visit when the next one is', () => {
    const text = `  memory n : 1 = 0
  rule visits from 2 h every 6 h
    if n < 2 : set n = n + 1, next visit in 3 h
    else : set n = n + 1, dose 10 [mg] into central
  dose 1 [mg] into central`;
    const r = lowered(model(text));
    const { ledger, u } = run(r, [24]);
    const doses = ledger.filter(
      ({ happening, captured }) => r.program.happenings[happening]?.dose && captured[0] === 10,
    );
    expect(doses.map(({ time }) => time)).toEqual([8, 14, 20]);
    expect(u.n).toBe(5);
  });
});

describe('events', () => {
  it('happen after their delay, with the values of the edge', () => {
    const text =
      'compartment central : mg = 100 [mg]\nwhen central falls below 50 [mg] after 2 h : set central = 2 * central\n';
    const l = lowered(model('  dose 0 [mg] into central', text));
    const half = Math.log(2) / K;
    const condition = l.program.happenings[0];
    expect(condition?.trigger).toEqual({ kind: 'condition', of: 0, initially: false });
    expect(condition?.delay).toBe(0);
    const times = [5, half + 1, half + 3];
    same(run(l, times).outputs[0], [100 * decay(5), 50 * decay(1), 100 * decay(1)], 1e-8);
  });

  it('give doses as needed, so far apart and so often at most', () => {
    const l = lowered(
      model('  when central < 20 [mg] at least 4 h apart at most 3 times : dose 10 [mg] into central'),
    );
    const { ledger } = run(l, [20]);
    const doses = ledger.filter(({ happening }) => l.program.happenings[happening]?.dose);
    // Never above 20 mg for long: at 0, 4 and 8 h.
    expect(doses).toHaveLength(3);
    for (const [i, { time }] of doses.entries()) expect(time).toBeCloseTo(4 * i, 6);
    const { watched, inputs } = l.program;
    expect(watched).toHaveLength(2);
    expect(inputs.map(({ kind }) => kind).every((kind) => kind === 'held')).toBe(true);
  });

  it('stand after the watched values of endpoints and use no derived input', () => {
    const text =
      'compartment central : mg = 100 [mg]\nendpoint peak = max(conc)\nwhen exp(-V / 10 [L]) * conc < 1 [mg/L] : set central = 100 [mg]\n';
    const { program } = lowered(model('  dose 1 [mg] into central\n  set V = 20 [L] at 3 h', text));
    expect(program.accumulators.map(({ of }) => of)).toEqual([0]);
    expect(
      program.happenings.flatMap(({ trigger }) => (trigger.kind === 'condition' ? [trigger.of] : [])),
    ).toEqual([1]);
    const derived = program.inputs.filter(({ kind }) => kind === 'derived').map(({ name }) => `u.${name}`);
    expect(derived.length).toBeGreaterThan(0);
    for (const name of namesIn(program.watch.results[1] ?? { kind: 'number', value: 0 }))
      expect(derived).not.toContain(name);
  });
});

describe('data records', () => {
  const plan: RecordsPlan = { therapy: 0, compartments: ['central'], covariates: [] };
  const EXTRA = 'compartment central : mg bioavailability F lag 1 h infused over 4 h\n';
  const rows = (...list: readonly (readonly number[])[]) => list;
  const amounts = (l: Lowered, table: readonly (readonly number[])[], times: readonly number[]) =>
    run(l, times, { tables: [table] }).outputs[0];
  const plain = lowered(model('  dose 0 [mg] into central'), { records: plan });
  const full = lowered(model('  dose 0 [mg] into central', EXTRA), { records: plan });

  it('have the listed fields, then those of covariates', () => {
    expect(plain.program.tables[0]?.fields).toEqual(RECORD_FIELDS);
    const covariates = [{ name: 'WT', mode: 'linear' }] as const;
    expect(
      recordColumns({ ...plan, covariates })
        .slice(-2)
        .map(({ covariate }) => covariate),
    ).toEqual([
      { name: 'WT', of: 'value' },
      { name: 'WT', of: 'slope' },
    ]);
  });

  it('give boluses, infusions by rate and modelled durations with bioavailability and lag', () => {
    const times = [2, 6, 12, 30];
    same(
      amounts(plain, rows([0, 1, 100, 0, 1, 0, 0], [5, 1, 40, 10, 1, 0, 0]), times),
      times.map((t) => 100 * decay(t) + infused(t, 10, 5, 9)),
    );
    same(
      amounts(full, rows([0, 1, 100, 0, 1, 0, 0], [5, 1, 40, -2, 1, 0, 0]), times),
      times.map((t) => 50 * decay(t - 1) + infused(t, 5, 6, 10)),
    );
    same(
      amounts(full, rows([5, 1, 40, 10, 1, 0, 0]), times),
      times.map((t) => infused(t, 10, 6, 8)),
    );
  });

  it('reset, reset and dose with its lag, and replace', () => {
    const times = [3, 4.5, 8, 15];
    same(
      amounts(plain, rows([0, 1, 100, 0, 1, 0, 0], [4, 3, 0, 0, 1, 0, 0], [4, 1, 10, 0, 1, 0, 0]), times),
      times.map((t) => (t <= 4 ? 100 * decay(t) : 10 * decay(t - 4))),
    );
    same(
      amounts(full, rows([0, 1, 100, 0, 1, 0, 0], [4, 4, 60, 0, 1, 0, 0]), times),
      times.map((t) => (t <= 4 ? 50 * decay(t - 1) : 30 * decay(t - 5))),
    );
    same(
      amounts(plain, rows([0, 1, 100, 5, 1, 0, 0], [4, 8, 60, 0, 1, 0, 0]), times),
      times.map((t) => (t <= 4 ? infused(t, 5, 0, 20) : 60 * decay(t - 4) + infused(t, 5, 4, 20))),
    );
    same(
      amounts(plain, rows([0, 1, 100, 5, 1, 0, 0], [4, 3, 0, 0, 1, 0, 0]), times),
      times.map((t) => (t <= 4 ? infused(t, 5, 0, 20) : 0)),
    );
  });

  it('reach steady states: from nothing, on top, and of a constant infusion that ends', () => {
    const q = 1 - Math.exp(-K * 8);
    const times = [1, 5, 12];
    same(
      amounts(plain, rows([0, 1, 100, 0, 1, 1, 8]), times),
      times.map((t) => (100 * decay(t)) / q),
      1e-7,
    );
    same(
      amounts(plain, rows([0, 1, 30, 0, 1, 0, 0], [2, 1, 100, 0, 1, 2, 8]), [1, 5, 12]),
      times.map((t) => 30 * decay(t) + (100 * decay(t - 2)) / q),
      1e-7,
    );
    same(
      amounts(plain, rows([0, 1, 0, 20, 1, 1, 0]), times),
      times.map((t) => (20 / K) * decay(t)),
      1e-7,
    );
    same(
      amounts(plain, rows([0, 1, 30, 0, 1, 0, 0], [2, 4, 100, 0, 1, 1, 8]), times),
      times.map((t) => (t < 2 ? 30 * decay(t) : (100 * decay(t - 2)) / q)),
      1e-7,
    );
  });

  it('let a running infusion go on under a steady state on top of it', () => {
    const times = [8, 15, 25];
    const below = (t: number) => infused(t, 5, 0, 20);
    const above = (t: number) => (t < 12 ? 0 : (100 * decay(t - 12)) / (1 - Math.exp(-K * 8)));
    same(
      amounts(plain, rows([0, 1, 100, 5, 1, 0, 0], [12, 1, 100, 0, 1, 2, 8]), times),
      times.map((t) => below(t) + above(t)),
      1e-7,
    );
  });

  it('change covariates: from the row on, back to the row before, and in between', () => {
    const text =
      'compartment central : mg = 100 [mg]\nk2 = k * WT / 70 [kg]\nflow extra : central -> at k2 * central\n';
    const of = (mode: 'locf' | 'nocb' | 'linear') =>
      lowered(model('  dose 0 [mg] into central', text), {
        records: { ...plan, covariates: [{ name: 'WT', mode }] },
      });
    const both = [
      [0, 2, 0, 0, 1, 0, 0],
      [10, 2, 0, 0, 1, 0, 0],
    ] as const;
    const at = (first: readonly number[], second: readonly number[]) =>
      rows([...both[0], ...first], [...both[1], ...second]);
    // The integral of WT / 70 up to 20 h.
    for (const [mode, table, integral] of [
      ['locf', at([70], [140]), 10 + 20],
      ['nocb', at([140], [140]), 20 + 20],
      ['linear', at([70, 7], [140, 0]), 15 + 20],
    ] as const) {
      const l = of(mode);
      same(amounts(l, table, [20]), [100 * Math.exp(-K * (20 + integral))], 1e-8);
      expect(l.program.happenings[0]).toMatchObject({ name: 'covariates', therapy: -1, dose: null });
    }
    expect(isLinear({ ...of('locf').program }).linear).toBe(true);
    expect(isLinear({ ...of('linear').program }).linear).toBe(false);
  });

  it('decide a dose by the covariates of its own row', () => {
    const text = 'compartment central : mg bioavailability WT / 100 [kg]\n';
    const l = lowered(model('  dose 0 [mg] into central', text), {
      records: { ...plan, covariates: [{ name: 'WT', mode: 'locf' }] },
    });
    same(amounts(l, rows([4, 1, 10, 0, 1, 0, 0, 90]), [10]), [9 * decay(6)]);
    const back = lowered(model('  dose 0 [mg] into central', text), {
      records: { ...plan, covariates: [{ name: 'WT', mode: 'nocb' }] },
    });
    // The row holds the next row's value; its own came with the row before, here the column's 70 kg.
    same(amounts(back, rows([4, 1, 10, 0, 1, 0, 0, 50]), [10]), [7 * decay(6)]);
  });
});

describe('linearity and times of happenings', () => {
  it('is kept by clocks and lost by conditions', () => {
    const clocks = lowered(
      model(
        '  dose 100 [mg] into central over 2 h every 12 h while conc < 20 [mg/L]\n  set k = 0.2 [1/h] at 10 h',
      ),
    );
    expect(isLinear(clocks.program)).toEqual({ linear: true });
    const event = lowered(
      model(
        '  dose 100 [mg] into central',
        'compartment central : mg\nwhen central < 2 [mg] called low : set central = 0 [mg]\n',
      ),
    );
    expect(isLinear(event.program)).toEqual({
      linear: false,
      reason: expect.stringMatching(/^low comes when/),
    });
  });

  it('gives clocks that are the same for all patients from f64', () => {
    const { program } = lowered(
      model('  dose 100 [mg] into central from 0.1 h every 1 h * WT / 70 [kg] while conc < 20 [mg/L]'),
    );
    expect(sharedClockTimes(program)).toEqual([[true, false]]);
    expect(clockTimes(program, new Float64Array(program.study.length))).toEqual([[0.1, Number.NaN]]);
  });
});
