// Who takes part: a condition on patients, read against a finished model. In: `CRCL < 60 [mL/min] and AGE in 18 .. 65`. Out:
// its clauses, split at the outer `and`s so that each can say how many it leaves, or diagnostics. A clause may use
// parameters, covariates, random effects and what is made of them; nothing that changes over time.
import { checkCondition } from './check-expression.ts';
import { Cursor } from './cursor.ts';
import { createReport, type Diagnostic, type Report } from './diagnostic.ts';
import type { Expression } from './expression.ts';
import type { Model } from './model.ts';
import { scopeOf } from './names.ts';
import { expression } from './parse-expression.ts';
import { allow } from './stage.ts';
import type { Syntax } from './syntax.ts';
import { tokenize } from './tokens.ts';
import { reading } from './typed.ts';

/** Characters of a filter; a study's schema has the same bound. */
const MAX_LENGTH = 2000;

export interface Clause {
  /** As written. */
  readonly text: string;
  /** A condition over parameters, covariates, random effects and definitions. */
  readonly expression: Expression;
}

export interface CompiledFilter {
  readonly clauses: readonly Clause[] | null;
  readonly diagnostics: readonly Diagnostic[];
}

export function compileFilter(model: Model, text: string): CompiledFilter {
  const report = createReport(text);
  const read = conditionIn(text, report, model);
  const scope = scopeOf(model, report, text);
  const clauses: Clause[] = [];
  for (const syntax of read === null ? [] : partsOf(read)) {
    const at = reading(scope);
    const holds = checkCondition(syntax, at);
    if (holds === null || !allow(at, 'patient', syntax.span, 'a filter')) continue;
    clauses.push({
      text: text.slice(syntax.span.start, syntax.span.end).replace(/\s+/g, ' '),
      expression: holds,
    });
  }
  return { clauses: report.errors === 0 ? clauses : null, diagnostics: report.diagnostics };
}

function conditionIn(text: string, report: Report, model: Model): Syntax | null {
  if (text.length > MAX_LENGTH) {
    report.error(
      { start: 0, end: 0 },
      `a filter of ${text.length} characters; at most ${MAX_LENGTH} are read`,
    );
    return null;
  }
  const tables = new Set((model.tables ?? []).map((table) => table.name));
  const tokens = tokenize(text);
  const cursor = new Cursor(text, report, tokens, tables);
  cursor.enter(0, tokens.length);
  const syntax = expression(cursor);
  if (!cursor.ended) cursor.unexpected('and, or, or the end of the filter', 'write CRCL < 60 [mL/min]');
  return cursor.failed ? null : syntax;
}

/** The conditions that an outer `and` joins, in order; no recursion on the left, where chains grow. */
function partsOf(syntax: Syntax): readonly Syntax[] {
  const parts: Syntax[] = [];
  let left = syntax;
  for (;;) {
    const [a, b] = left.kind === 'call' && left.fn === 'and' ? left.args : [];
    if (a === undefined || b === undefined) return [left, ...parts];
    parts.unshift(b);
    left = a;
  }
}
