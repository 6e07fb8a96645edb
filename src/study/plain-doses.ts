// Doses of a therapy's plain streams for one patient, which no ledger lists since they are known before the run. In: a
// program, a job, a patient's columns. Out: doses within the run, as the kernel gives them (engine/SEMANTICS.md, "Doses").
import type { Body, Program } from '../codegen/program.ts';
import type { JobArm } from '../engine/backend.ts';
import { compile } from '../language/evaluate.ts';

export interface PlainDose {
  /** Model time. */
  readonly time: number;
  /** Index into the program's states. */
  readonly state: number;
  readonly amount: number;
  /** 0: a bolus. */
  readonly duration: number;
}

/** More than this for one patient is a slip of the interval. */
const MOST_DOSES = 100_000;

/** A reader of one program; columns are one patient's, in the program's order. */
export function plainDoses(
  program: Program,
): (arm: JobArm, columns: ArrayLike<number>, horizon: number) => readonly PlainDose[] {
  const params = bodyOf(program.patient, [
    ...program.study.map(({ name }) => `study.${name}`),
    ...program.columns.map(({ name }) => `column.${name}`),
  ]);
  const streams = bodyOf(
    program.doses,
    program.params.map(({ name }) => `p.${name}`),
  );
  return ({ therapy, study }, columns, horizon) => {
    if (program.streams.every((stream) => stream.therapy !== therapy)) return [];
    const values = streams(params([...study, ...Array.from(columns)]));
    const doses = program.streams.flatMap((stream, s): PlainDose[] => {
      if (stream.therapy !== therapy) return [];
      const [amount = 0, start = 0, interval = 0, count = 0, over = 0] = values.slice(5 * s, 5 * s + 5);
      const times =
        interval > 0 ? Math.min(Math.max(0, Math.round(count)), MOST_DOSES) : Math.min(1, Math.round(count));
      const duration = Math.max(0, over);
      return Array.from({ length: times }, (_, n) => ({
        time: start + n * interval,
        state: stream.into,
        amount,
        duration,
      })).filter(({ time }) => time < horizon && (time >= 0 || time + duration > 0));
    });
    return doses.sort((a, b) => a.time - b.time);
  };
}

/** Values of a body's results from those of `names`. */
function bodyOf(body: Body, names: readonly string[]): (values: readonly number[]) => readonly number[] {
  const known = [...names];
  const locals = body.locals.map((local, i) => {
    const evaluate = compile(local, known);
    known.push(`local.${i}`);
    return evaluate;
  });
  const results = body.results.map((result) => compile(result, known));
  return (values) => {
    const all = [...values];
    for (const local of locals) all.push(local(all));
    return results.map((result) => result(all));
  };
}
