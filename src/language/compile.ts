// Model text -> Model. In: a text, or a short text read against a finished model. Out: a Model (null exactly when there
// is an error) and every diagnostic of the text. Values, never throws; hostile text is refused by the limits (limits.ts).

import { assemble } from './assemble.ts';
import { checkNumeric } from './check-expression.ts';
import { endpointOf, inWrittenUnit } from './check-outcomes.ts';
import { checkTherapy } from './check-therapy.ts';
import { createReport, type Diagnostic, render } from './diagnostic.ts';
import type { Endpoint, Model, Therapy } from './model.ts';
import { Scope, scopeOf } from './names.ts';
import { budget, checkOutcome } from './outcome.ts';
import { parse, parseAmount, parseDoses, parseOutcome } from './parse.ts';
import { constantOf, converted, reading } from './typed.ts';
import { describeUnit, type Unit } from './units.ts';

export { render };

export interface Compiled {
  readonly model: Model | null;
  readonly diagnostics: readonly Diagnostic[];
}

export function compile(text: string): Compiled {
  const report = createReport(text);
  const statements = parse(text, report);
  const model = assemble(statements, new Scope(report, text));
  return { model: report.errors === 0 ? model : null, diagnostics: report.diagnostics };
}

/** An arm's own `dose ...` lines. */
export function compileTherapy(
  model: Model,
  text: string,
): { readonly therapy: Therapy | null; readonly diagnostics: readonly Diagnostic[] } {
  const report = createReport(text);
  const doses = parseDoses(text, report);
  const therapy = checkTherapy(
    { name: '', label: '', doses, span: { start: 0, end: text.length } },
    scopeOf(model, report, text),
  );
  return { therapy: report.errors === 0 ? therapy : null, diagnostics: report.diagnostics };
}

/** An endpoint of a study: what stands after the = of an endpoint statement. */
export function compileEndpoint(
  model: Model,
  text: string,
  name = 'endpoint',
): { readonly endpoint: Endpoint | null; readonly diagnostics: readonly Diagnostic[] } {
  const report = createReport(text);
  const read = parseOutcome(text, report);
  const scope = scopeOf(model, report, text);
  const settled =
    read === null ? null : inWrittenUnit(checkOutcome(read.value, scope, budget()), name, read, scope);
  const endpoint =
    settled === null
      ? null
      : endpointOf(name, '', settled.result, settled.unit, { start: 0, end: text.length });
  return { endpoint: report.errors === 0 ? endpoint : null, diagnostics: report.diagnostics };
}

/** `168 h` or `7 d` as a number in `unit`; otherwise what is wrong with it. */
export function parseQuantity(text: string, unit: Unit): number | { readonly message: string } {
  const report = createReport(text);
  const syntax = parseAmount(text, report);
  const scope = new Scope(report, text);
  const typed = syntax === null ? null : checkNumeric(syntax, reading(scope));
  const [first] = report.diagnostics;
  if (first !== undefined)
    return { message: first.hint === undefined ? first.message : `${first.message}; ${first.hint}` };
  const expression = typed === null ? null : converted(typed, unit);
  const value = expression === null ? null : constantOf(expression);
  if (value !== null && Number.isFinite(value)) return value;
  return {
    message: `"${text}" is ${typed?.unit ? describeUnit(typed.unit) : 'no quantity'} where ${describeUnit(unit)} is expected; write 12 ${unit.text}`,
  };
}
