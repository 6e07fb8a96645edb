// What the writers of happenings share: a function that differs from happening to happening, as a `switch`, and whose
// therapies a happening is. In: texts. Out: lines of WGSL.
import type { Program } from './program.ts';
import type { FieldNames } from './wgsl-events.ts';
import type { Spelling } from './wgsl-expression.ts';

export interface Writing {
  readonly program: Program;
  readonly names: FieldNames;
  /** Inputs are those of the moment: `memory`. */
  readonly spell: Spelling;
  /** Captured values of an occurrence, at least 1: WGSL has no empty arrays. */
  readonly captures: number;
}

/** A function that does one thing for one of the happenings. */
export function chooseBody(
  signature: string,
  start: string,
  cases: readonly (readonly [what: number, statement: string])[],
  result: string,
): string[] {
  const body =
    cases.length === 0
      ? []
      : [
          '  switch what {',
          ...cases.map(([what, statement]) => `    case ${what}u: { ${statement} }`),
          '    default: {}',
          '  }',
        ];
  return [`fn ${signature} {`, `  ${start}`, ...body, `  return ${result};`, '}', ''];
}

/** Whether arms of this therapy have it. */
export const belongs = (therapy: number): string => (therapy < 0 ? 'true' : `own_therapy == ${therapy}`);
