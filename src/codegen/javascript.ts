// Writes a Program's bodies as plain JavaScript with the host's Math: slow, obvious, and independent of the other writers.
// The tests' oracle; the page never runs it (its policy allows no eval). In: a Body. Out: text of a function.
import type { Expression } from '../language/expression.ts';
import { FUNCTIONS } from '../language/functions.ts';
import type { Body } from './program.ts';

/**
 * `({ study, column, p, y, f, u, a, t, n, row, draw, c }) => number[]`; the groups are objects by name, `a`, `draw` and `c`
 * arrays; unused ones may be left out.
 */
export function javascriptBody(body: Body): string {
  const locals = body.locals.map((e, i) => `  const l${i} = ${javascript(e)};`);
  const results = body.results.map((e) => `    +${javascript(e)},`);
  return [
    '({ study, column, p, y, f, u, a, t, n, row, draw, c }) => {',
    ...locals,
    '  return [',
    ...results,
    '  ];',
    '}',
  ].join('\n');
}

/** One expression as text. Symbols are already member expressions (`p.CL`); locals and accumulators are numbered. */
export function javascript(e: Expression): string {
  switch (e.kind) {
    case 'number':
      return e.value < 0 || Object.is(e.value, -0) ? `(${e.value})` : String(e.value);
    case 'symbol':
      if (e.name.startsWith('local.')) return `l${e.name.slice(6)}`;
      return e.name.replace(/^(a|draw|c)\.(\d+)$/, '$1[$2]');
    case 'call': {
      const row = FUNCTIONS[e.fn];
      if (row.kind === 'derived') return javascript(row.expand(e.args));
      return row.javascript(...e.args.map(javascript));
    }
    default:
      return e satisfies never;
  }
}
