// Golden cases through the product: cases of one model as arms of one study, on one engine, by one method.
// In: a group of cases. Out: for each its largest error and where it is.
import type { Program } from '../../src/codegen/program.ts';
import { CompileError, STATUSES } from '../../src/engine/backend.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { compile } from '../../src/language/compile.ts';
import { prepare } from '../../src/study/prepare.ts';
import type { Study } from '../../src/study/study.ts';
import { expected, type GoldenCase } from './golden.ts';

export const RTOL = { f64: 1e-11, f32: 1e-6 } as const;
/** What is under this share of the largest value of its output in its case is held to the error of that share. */
const FLOOR = 1e-6;
/** Cases that run side by side. */
const ARMS = 6;

export type Group = readonly GoldenCase[];

const therapyText = (name: string, { therapy }: GoldenCase) =>
  `therapy ${name}\n  ${therapy.replaceAll('\n', '\n  ')}\n`;

/** Why a case's text cannot be read, or null. */
export function unread(c: GoldenCase): string | null {
  const { model, diagnostics } = compile(c.model + therapyText('given', c));
  if (model !== null) return null;
  return diagnostics.find(({ severity }) => severity === 'error')?.message ?? 'it is not a model';
}

/** What a backend says of programs that it is not made for yet; null for anything else. */
export const notYet = (error: unknown): string | null =>
  error instanceof CompileError && /cannot yet/.test(error.message) ? error.message : null;

/** A coefficient of its equations changes during the run: exact propagation may refuse it. */
export const bends = ({ model, therapy }: GoldenCase): boolean =>
  /\bset (CL|ka)\b/.test(therapy) || /^CL = /m.test(model);

/** Cases with the same model and times, at most ARMS together. */
export function groups(cases: readonly GoldenCase[]): readonly Group[] {
  const alike = new Map<string, GoldenCase[]>();
  for (const c of cases) {
    const key = JSON.stringify([c.model, c.times, bends(c)]);
    alike.set(key, [...(alike.get(key) ?? []), c]);
  }
  return [...alike.values()].flatMap((all) =>
    Array.from({ length: Math.ceil(all.length / ARMS) }, (_, i) => all.slice(i * ARMS, (i + 1) * ARMS)),
  );
}

export interface Outcome {
  /** A patient's status, or 'refused': the method is not for this model. */
  readonly status: string;
  /** Largest relative error over the outputs and times. */
  readonly error: number;
  readonly where: string;
}

export async function solve(group: Group, engine: Engine, method: string): Promise<readonly Outcome[]> {
  const [first] = group;
  if (first === undefined) return [];
  const study: Study = {
    gemello: 1,
    model: { text: first.model + group.map((c, i) => therapyText(`arm${i}`, c)).join('') },
    cohort: { typical: true },
    arms: group.map((_, i) => ({ name: `arm${i}`, therapy: `arm${i}` })),
    time: { until: `${first.until} h`, every: `${first.until} h` },
    solver: { method, rtol: RTOL[engine.info.precision] },
  };
  const ready = await prepare(study, { engine });
  if (ready.kind === 'refused' && ready.errors.every(({ field }) => field === 'solver.method'))
    return group.map(() => ({ status: 'refused', error: 0, where: '' }));
  if (ready.kind !== 'done')
    throw new Error(
      ready.kind === 'refused'
        ? ready.errors.map(({ field, message }) => `${field}: ${message}`).join('\n')
        : ready.diagnostics.map(({ message }) => message).join('\n'),
    );
  const { program, job } = ready.prepared;
  const times = Float64Array.from(first.times);
  const { arms } = await engine.individuals(program, { ...job, times }, [0]);
  return group.map((c, a) => ({
    status: STATUSES[arms[a]?.status[0] ?? -1] ?? 'there is no such arm',
    ...compare(c, program, arms[a]?.outputs ?? new Float64Array(0)),
  }));
}

/** `outputs` as [output][time] of one patient. */
export function compare(c: GoldenCase, program: Program, outputs: Float64Array): Omit<Outcome, 'status'> {
  let error = 0;
  let where = '';
  for (const [name, values] of expected(c)) {
    const o = program.outputs.findIndex((f) => f.name === name);
    const floor = FLOOR * Math.max(...values.map(Math.abs));
    values.forEach((want, i) => {
      const got = o < 0 ? Number.NaN : (outputs[o * c.times.length + i] ?? Number.NaN);
      const difference = Number.isFinite(got) ? Math.abs(got - want) : Number.POSITIVE_INFINITY;
      const off = difference === 0 ? 0 : difference / Math.max(Math.abs(want), floor);
      if (off <= error) return;
      error = off;
      where = `${name} at ${c.times[i]} h is ${got} instead of ${want}`;
    });
  }
  return { error, where };
}
