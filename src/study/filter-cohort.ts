// A cohort's filter over its candidates. In: the filter's text, a model, readers of candidates' columns. Out: a reader of
// those who qualify, with the funnel; or what is wrong with the text, or that nearly nobody qualifies.
import { render } from '../language/diagnostic.ts';
import { type Clause, compileFilter } from '../language/filter.ts';
import { symbolsOf } from '../language/fold.ts';
import type { Model } from '../language/model.ts';
import type { ColumnEvaluator } from './fill.ts';
import { patientDefinitions, settle, spelled } from './formula.ts';
import { createInclusion, type FirstFailed, type Inclusion, tooRare } from './inclusion.ts';

interface Reader {
  readonly names: readonly string[];
  /** Column-major, as of a ColumnSource. */
  readonly read: (first: number, count: number) => Float32Array;
}
export interface Candidates extends Reader {
  /** The columns named, and those they are made of. */
  readonly only: (wanted: ReadonlySet<string>) => Reader;
}

export interface FilterContext {
  readonly known: ReadonlyMap<string, number>;
  readonly evaluate: ColumnEvaluator;
  /** Of a table of real patients. */
  readonly rows?: number;
  /** Patients come from a dosing file. */
  readonly file?: boolean;
  readonly typical?: boolean;
}

export interface FilteredCohort {
  readonly read: (first: number, count: number) => Float32Array;
  /** Absent for the typical patient, who is no draw. */
  readonly inclusion?: Inclusion;
  readonly identity: unknown;
  readonly warnings: readonly string[];
}

export function filterCohort(
  model: Model,
  text: string,
  everyone: Candidates,
  context: FilterContext,
): FilteredCohort | { readonly errors: readonly string[] } {
  const refuse = (problem: string) => ({ errors: [`cohort.filter: ${problem}`] });
  if (context.file) return refuse('patients of a dosing file are taken as they are; leave out their lines');
  const { clauses, diagnostics } = compileFilter(model, text);
  if (clauses === null || clauses.length === 0)
    return { errors: diagnostics.map((d) => `cohort.filter: ${render(d, text)}`) };
  const inlined = patientDefinitions(model, context.known);
  const settled = clauses.map(({ text: written, expression }) => ({
    text: written,
    expression: settle(expression, context.known, inlined),
  }));
  const identity = settled.map(({ expression }) => spelled(expression));
  const firstFailed = testOf(settled, everyone, context.evaluate);
  const texts = settled.map((clause) => clause.text);

  if (context.typical) {
    const [failed = 0] = firstFailed(0, 1);
    const outside = failed < texts.length;
    return {
      read: everyone.read,
      identity: null,
      warnings: outside ? [`the typical patient does not pass the filter: ${texts[failed]}`] : [],
    };
  }
  const inclusion = createInclusion(texts, firstFailed);
  // The rows of a table come again and again: once round is all there is to see, where no chance is in the filter.
  const rare = tooRare(inclusion, texts, firstFailed, context.rows);
  if (rare !== null) return refuse(rare);
  return { read: readerOf(everyone, inclusion), inclusion, identity, warnings: [] };
}

function testOf(clauses: readonly Clause[], everyone: Candidates, evaluate: ColumnEvaluator): FirstFailed {
  const used = symbolsOf(...clauses.map(({ expression }) => expression));
  const { names, read } = everyone.only(used);
  const tests = clauses.map(({ expression }) => evaluate(expression, names));
  return (first, count) => {
    const columns = Float64Array.from(read(first, count));
    const inputs = names.map((_, c) => columns.subarray(c * count, (c + 1) * count));
    const failed = new Uint8Array(count).fill(clauses.length);
    const holds = new Float64Array(count);
    for (let k = clauses.length - 1; k >= 0; k--) {
      tests[k]?.(inputs, holds);
      for (let i = 0; i < count; i++) if (!(holds[i] === 1)) failed[i] = k;
    }
    return failed;
  };
}

/** Candidates further apart than this are read apart. */
const GAP = 64;

function readerOf({ names, read }: Candidates, inclusion: Inclusion) {
  return (first: number, count: number): Float32Array => {
    const numbers = inclusion.candidates(first, count);
    const all = new Float32Array(names.length * count);
    for (let from = 0; from < count; ) {
      let to = from;
      const start = numbers[from] ?? 0;
      while (
        to + 1 < count &&
        (numbers[to + 1] ?? 0) - (numbers[to] ?? 0) <= GAP &&
        (numbers[to + 1] ?? 0) - start < 4096
      )
        to++;
      const span = (numbers[to] ?? 0) - start + 1;
      const columns = read(start, span);
      for (let c = 0; c < names.length; c++)
        for (let k = from; k <= to; k++)
          all[c * count + k] = columns[c * span + (numbers[k] ?? 0) - start] ?? Number.NaN;
      from = to + 1;
    }
    return all;
  };
}
