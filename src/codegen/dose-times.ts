// Which dose times are the same for all patients of an arm, and their values in f64: those are rounded to ticks from
// f64, once, so that a dose at 100.1 h meets an output at 100.1 h. In: a Program, study values. Out: numbers per stream
// and per clock of happenings.
import type { Expression } from '../language/expression.ts';
import { FUNCTIONS } from '../language/functions.ts';
import type { Program } from './program.ts';

/** Place of start, interval and duration among a stream's five results. */
export const DOSE_TIMES = [1, 2, 4] as const;

/** [stream][start, interval, duration]: whether no patient's value enters. */
export function sharedDoseTimes(program: Program): readonly (readonly boolean[])[] {
  const shared = study(program, () => 0);
  return perStream(program, (e) => shared.inDoses(e) !== undefined);
}

/** [stream][start, interval, duration] in model time; NaN where each patient has its own. */
export function doseTimes(program: Program, values: Float64Array): readonly (readonly number[])[] {
  const of = study(program, (i) => values[i] ?? Number.NaN);
  return perStream(program, (e) => of.inDoses(e) ?? Number.NaN);
}

/** [clock][start, interval]: whether no patient's value enters. */
export function sharedClockTimes(program: Program): readonly (readonly boolean[])[] {
  const shared = study(program, () => 0);
  return perClock(program, (e) => shared.inClocks(e) !== undefined);
}

/** [clock][start, interval] in model time; NaN where each patient has its own. */
export function clockTimes(program: Program, values: Float64Array): readonly (readonly number[])[] {
  const of = study(program, (i) => values[i] ?? Number.NaN);
  return perClock(program, (e) => of.inClocks(e) ?? Number.NaN);
}

function perClock<T>({ clocks }: Program, of: (e: Expression) => T): readonly (readonly T[])[] {
  return clocks.results.flatMap((start, i) => {
    const interval = clocks.results[i + 1];
    return i % 3 === 0 && interval ? [[of(start), of(interval)]] : [];
  });
}

function perStream<T>(program: Program, of: (e: Expression) => T): readonly (readonly T[])[] {
  return program.streams.map((_, s) =>
    DOSE_TIMES.map((field) =>
      of(program.doses.results[5 * s + field] ?? { kind: 'number', value: Number.NaN }),
    ),
  );
}

type Scope = 'patient' | 'doses' | 'clocks';

/** Evaluation that gives undefined as soon as a patient's column enters. */
function study(program: Program, value: (index: number) => number) {
  const known = new Map<string, number | undefined>();
  const once = (key: string, make: () => number | undefined): number | undefined => {
    if (!known.has(key)) known.set(key, make());
    return known.get(key);
  };
  const within = (e: Expression, scope: Scope): number | undefined => {
    if (e.kind === 'number') return e.value;
    if (e.kind === 'symbol') return lookup(e.name, scope);
    const row = FUNCTIONS[e.fn];
    if (row.kind === 'derived') return within(row.expand(e.args), scope);
    // Every argument, also of a choice: whether a time is shared must not depend on the numbers.
    const args: number[] = [];
    for (const a of e.args) {
      const x = within(a, scope);
      if (x === undefined) return undefined;
      args.push(x);
    }
    return row.value(...args);
  };
  const lookup = (name: string, scope: Scope): number | undefined => {
    const dot = name.indexOf('.');
    const [space, key] = [name.slice(0, dot), name.slice(dot + 1)];
    switch (space) {
      case 'study':
        return value(program.study.findIndex((f) => f.name === key));
      case 'p': {
        const e = program.patient.results[program.params.findIndex((f) => f.name === key)];
        return once(name, () => e && within(e, 'patient'));
      }
      case 'local': {
        const e = program[scope].locals[Number(key)];
        return once(`${scope} ${name}`, () => e && within(e, scope));
      }
    }
    return undefined;
  };
  return {
    inDoses: (e: Expression) => within(e, 'doses'),
    inClocks: (e: Expression) => within(e, 'clocks'),
  };
}
