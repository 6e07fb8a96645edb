// Model text -> Model. In: a text, or a short text read against a finished model. Out: a Model (null exactly when there
// is an error) and every diagnostic of the text. Values, never throws; hostile text is refused by the limits (limits.ts).

import { assemble } from './assemble.ts';
import { eventTime } from './check-occurrence.ts';
import { endpointOf, inWrittenUnit } from './check-outcomes.ts';
import { checkTherapy, declareMemories } from './check-therapy.ts';
import { createReport, type Diagnostic, render } from './diagnostic.ts';
import { number } from './expression.ts';
import { MAX_NUMBER } from './limits.ts';
import type { Endpoint, Model, Therapy } from './model.ts';
import { Scope, scopeOf } from './names.ts';
import { budget, checkOutcome } from './outcome.ts';
import { type Followed, parse, parseOutcome, parseTherapy } from './parse.ts';
import { constantOf, converted, numeric } from './typed.ts';
import {
  DIMENSIONLESS,
  declaredIn,
  describeUnit,
  isUnitError,
  parseUnit,
  type Unit,
  type UnitError,
} from './units.ts';

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

/** An arm's own lines of a therapy: doses, changes, rules, events. */
export function compileTherapy(
  model: Model,
  text: string,
): { readonly therapy: Therapy | null; readonly diagnostics: readonly Diagnostic[] } {
  const report = createReport(text);
  const clauses = parseTherapy(text, report, followedIn(model));
  const parts = { name: '', label: '', clauses, span: { start: 0, end: text.length } };
  const scope = scopeOf(model, report, text);
  declareMemories(parts, scope);
  const therapy = checkTherapy(parts, scope);
  return { therapy: report.errors === 0 ? therapy : null, diagnostics: report.diagnostics };
}

const followedIn = (model: Model): Followed => ({
  tables: new Set((model.tables ?? []).map((table) => table.name)),
  hazards: new Set((model.hazards ?? []).map((hazard) => hazard.name)),
});

/** An endpoint of a study: what stands after the = of an endpoint statement. */
export function compileEndpoint(
  model: Model,
  text: string,
  name = 'endpoint',
): { readonly endpoint: Endpoint | null; readonly diagnostics: readonly Diagnostic[] } {
  const report = createReport(text);
  const read = parseOutcome(text, report, followedIn(model));
  const scope = scopeOf(model, report, text);
  const settled =
    read === null ? null : inWrittenUnit(checkOutcome(read.value, scope, budget()), name, read, scope);
  const endpoint =
    settled === null || read === null
      ? null
      : {
          ...endpointOf(name, '', settled.result, settled.unit, { start: 0, end: text.length }),
          ...eventTime(read.value, settled.unit, scope),
        };
  return { endpoint: report.errors === 0 ? endpoint : null, diagnostics: report.diagnostics };
}

/** The rest is a unit's business. Digits as other programs write them: `5.` and `.5` too. */
const NUMBER_AND_UNIT = /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*)$/s;

/**
 * `168 h`, `90 mL/min` or `90 [mL/min]` as a number in `unit`; otherwise what is wrong with it. A bare 0 fits any unit.
 */
export function parseQuantity(text: string, unit: Unit): number | { readonly message: string } {
  const [, digits, after = ''] = NUMBER_AND_UNIT.exec(text.trim()) ?? [];
  const wanted = unit.atoms.length === 0 ? 'a plain number' : `a number in ${unit.text}`;
  if (digits === undefined || /^[.,]/.test(after)) {
    const comma = after.startsWith(',') ? ' with a point (12.5), not a comma' : '';
    return { message: `"${brief(text)}" is not a quantity; write ${wanted}${comma}` };
  }
  const given = writtenUnit(after, unit);
  if (isUnitError(given))
    return { message: given.hint === undefined ? given.message : `${given.message}; ${given.hint}` };
  const value = Number(digits);
  const bare = after === '';
  const settled = converted({ ...numeric(number(value), given), zero: bare && value === 0 }, unit);
  if (settled === null) {
    const remedy = bare ? `; write ${brief(digits)} ${unit.text}` : '';
    return {
      message: `"${brief(text)}" is ${describeUnit(given)} where ${describeUnit(unit)} is expected${remedy}`,
    };
  }
  const result = constantOf(settled);
  if (result !== null && Math.abs(result) <= MAX_NUMBER) return result;
  return { message: `"${brief(text)}" is too large; at most ${MAX_NUMBER} can be computed with` };
}

/** The unit after a number, bare or in brackets (`[mL/min]`, not `[IU]/L`); `like` tells the units a model declared. */
function writtenUnit(text: string, like: Unit): Unit | UnitError {
  if (text === '') return DIMENSIONLESS;
  const declared = declaredIn([like]);
  const [, inside = '', after] = /^\[((?:[^[\]]|\[[^[\]]*\])*)\](.*)$/s.exec(text) ?? [];
  if (after === '') return parseUnit(inside, declared);
  const unit = parseUnit(text, declared);
  if (after === undefined || !isUnitError(unit)) return unit;
  return { message: `unexpected ${brief(after.trim())} after the unit [${brief(inside)}]` };
}

const brief = (text: string): string => (text.length > 40 ? `${text.slice(0, 37)}...` : text);
