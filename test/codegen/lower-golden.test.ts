// The lowering alone against the golden dosing cases and the events known in closed form: their Programs run by the oracle,
// which shares no code with a kernel. What a kernel does with the same Programs is for test/dosing to say.
import { describe, expect, it } from 'vitest';
import { lower } from '../../src/codegen/lower.ts';
import { TSIT5 } from '../../src/codegen/methods.ts';
import { compile } from '../../src/language/compile.ts';
import { evaluate } from '../../src/language/evaluate.ts';
import type { Model } from '../../src/language/model.ts';
import { studyValues } from '../../src/study/formula.ts';
import { CASES } from '../dosing/cases.ts';
import { EVENT_CASES } from '../dosing/events.cases.ts';
import { compare } from '../dosing/solve.ts';
import { type HappeningRun, runHappenings } from '../oracle-happenings.ts';

const text = (model: string, therapy: string): string =>
  `${model}therapy given\n  ${therapy.replaceAll('\n', '\n  ')}\n`;
function modelOf(source: string): Model {
  const { model, diagnostics } = compile(source);
  if (!model) throw new Error(diagnostics.map((d) => `${d.line}: ${d.message}`).join('\n'));
  return model;
}
/** A covariate's middle; random effects are 0. */
function typical(model: Model, name: string): number {
  const { median, mean, mode } = model.covariates.find((c) => c.name === name)?.distribution.parameters ?? {};
  const middle = median ?? mean ?? mode;
  return middle ? evaluate(middle, () => Number.NaN) : 0;
}
function run(
  model: Model,
  times: readonly number[],
  steps: number,
): HappeningRun & { program: ReturnType<typeof lower>['program'] } {
  const { program } = lower(model, { method: TSIT5, therapies: model.therapies, endpoints: [] });
  const values = studyValues(model, {});
  return {
    program,
    ...runHappenings(program, {
      study: program.study.map(({ name }) => values.get(name) ?? Number.NaN),
      columns: program.columns.map(({ name }) => typical(model, name)),
      breaks: model.breaks.map((e) => evaluate(e, (name) => values.get(name) ?? Number.NaN)),
      therapy: model.therapies.length > 0 ? 0 : -1,
      times,
      steps,
    }),
  };
}

describe('golden dosing cases, lowered and run by the oracle', () => {
  it.each(CASES.map((c) => [c.name, c] as const))('%s', (_, c) => {
    const { program, outputs } = run(modelOf(text(c.model, c.therapy)), c.times, 4000);
    const { error, where } = compare(c, program, Float64Array.from(outputs.flat()));
    expect(error, where).toBeLessThan(1e-6);
  });
});

describe('events known in closed form, lowered and run by the oracle', () => {
  const cases = EVENT_CASES.filter(({ status }) => status === undefined);
  it.each(cases.map((c) => [c.name, c] as const))('%s', (_, c) => {
    const times = Array.from({ length: Math.floor(c.until / c.every) + 1 }, (_, i) => i * c.every);
    const source = c.therapy === undefined ? c.model : text(c.model, c.therapy);
    const { program, outputs } = run(modelOf(source), times, 20000);
    for (const [name, of] of Object.entries({ ...c.outputs, ...c.stamps })) {
      const got = outputs[program.outputs.findIndex((o) => o.name === name)];
      const wanted = times.map(of);
      const scale = name in c.outputs ? Math.max(...wanted.map(Math.abs)) : c.until;
      for (const [i, w] of wanted.entries())
        expect(
          Math.abs((got?.[i] ?? Number.NaN) - w),
          `${name} at ${times[i]}: ${got?.[i]}, not ${w}`,
        ).toBeLessThanOrEqual(1e-6 * scale);
    }
  });
});
