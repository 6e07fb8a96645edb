// Where a quantity may vary: study, patient or step. In: a checked expression and the stage its place allows.
// Out: a diagnostic with the chain of names that made it vary more than that; values of what is the same for all.
import type { Span } from './diagnostic.ts';
import { evaluate } from './evaluate.ts';
import type { Expression } from './expression.ts';
import type { Stage } from './model.ts';
import type { Scope } from './names.ts';
import { later, type Reading } from './typed.ts';

const VARIES: Readonly<Record<Stage, string>> = {
  study: 'is the same for all',
  patient: 'differs between patients',
  step: 'changes over time',
};
const DEMAND: Readonly<Record<Stage, string>> = {
  study: 'must be the same for all patients',
  patient: 'must be known before the run starts',
  step: '',
};

/** Reports when `at` has met something that varies more than `allowed`; `what` names the place. */
export function allow(at: Reading, allowed: Stage, span: Span, what: string): boolean {
  if (!later(at.stage, allowed) || at.because === null) return true;
  at.scope.report.error(
    span,
    `${what} ${DEMAND[allowed]}, and ${at.because} ${VARIES[at.stage]}`,
    at.scope.chain(at.because),
  );
  return false;
}

/** The value at the parameters' defaults; NaN when it varies or is not known. */
export function defaultValue(expression: Expression | null, scope: Scope): number {
  return expression === null
    ? Number.NaN
    : evaluate(expression, (name) => scope.quantities.get(name)?.value ?? Number.NaN);
}
