// A diagnostic: one thing wrong with a text, as a value. In: a text and what was found in it. Out: diagnostics with line
// and column, in the order of the text, and their rendering with the source line, a caret and the hint.

/** A half-open range of UTF-16 offsets in the model text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** What to do about it: `did you mean CL?`. */
  readonly hint?: string;
  readonly span: Span;
  /** 1-based line and column of `span.start`, in UTF-16 units. */
  readonly line: number;
  readonly column: number;
}

/** Where a stage of the compiler says what it found. */
export interface Report {
  error(span: Span, message: string, hint?: string): void;
  warning(span: Span, message: string, hint?: string): void;
  /** 1-based line of an offset. */
  line(offset: number): number;
  readonly errors: number;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
  /** State to come back to when a reading of the text was only tried. */
  mark(): number;
  forget(mark: number): void;
}

/** More than anyone reads; a text that has this many is not a model. */
const MAX_DIAGNOSTICS = 500;

export function createReport(text: string): Report {
  const starts = lineStarts(text);
  const found: Diagnostic[] = [];
  const seen = new Set<string>();
  let errors = 0;
  const add = (severity: Diagnostic['severity'], span: Span, message: string, hint?: string) => {
    if (severity === 'error') errors++;
    const key = `${span.start} ${message}`;
    if (seen.has(key) || found.length > MAX_DIAGNOSTICS) return;
    seen.add(key);
    const line = lineAt(starts, span.start);
    const place = { span, line, column: span.start - (starts[line - 1] ?? 0) + 1 };
    if (found.length === MAX_DIAGNOSTICS) {
      found.push({
        severity: 'error',
        message: `more than ${MAX_DIAGNOSTICS} problems; the rest is not shown`,
        ...place,
      });
      return;
    }
    found.push(hint === undefined ? { severity, message, ...place } : { severity, message, hint, ...place });
  };
  return {
    error: (span, message, hint) => add('error', span, message, hint),
    warning: (span, message, hint) => add('warning', span, message, hint),
    line: (offset) => lineAt(starts, offset),
    get errors() {
      return errors;
    },
    get diagnostics() {
      return [...found].sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
    },
    mark: () => found.length,
    forget(mark) {
      for (const d of found.splice(mark)) {
        if (d.severity === 'error') errors--;
        seen.delete(`${d.span.start} ${d.message}`);
      }
    },
  };
}

/** Offsets at which lines begin; \r\n, \n and \r end a line. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (const end of text.matchAll(/\r\n|\n|\r/g)) starts.push(end.index + end[0].length);
  return starts;
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** Long lines are cut around the caret. */
const WIDTH = 110;

/**
 * error: unknown name CLL
 *   12:23 | flow out : central -> at CLL * conc
 *         |                          ^^^
 *   hint: did you mean CL?
 */
export function render(diagnostic: Diagnostic, text: string): string {
  const starts = lineStarts(text);
  const from = starts[diagnostic.line - 1] ?? 0;
  const source = text.slice(from, starts[diagnostic.line] ?? text.length).replace(/[\r\n]+$/, '');
  const column = diagnostic.column - 1;
  const cut = column > WIDTH - 30 ? column - 40 : 0;
  const shown = (cut > 0 ? '...' : '') + source.slice(cut, cut + WIDTH).replaceAll('\t', ' ');
  const offset = column - cut + (cut > 0 ? 3 : 0);
  const length = Math.min(diagnostic.span.end - diagnostic.span.start, shown.length - offset);
  const place = `${diagnostic.line}:${diagnostic.column}`;
  const lines = [
    `${diagnostic.severity}: ${diagnostic.message}`,
    `  ${place} | ${shown}`,
    `  ${' '.repeat(place.length)} | ${' '.repeat(Math.max(0, offset))}${'^'.repeat(Math.max(1, length))}`,
  ];
  if (diagnostic.hint !== undefined) lines.push(`  hint: ${diagnostic.hint}`);
  return lines.join('\n');
}
