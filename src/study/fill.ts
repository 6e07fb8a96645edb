// The law of a covariate over columns of patients. In: a law, the names of the earlier covariates it uses. Out: a function
// that writes values, rounded once to f32 and inside the law's bounds, from a column of standard draws. Bit for bit the
// same with any evaluator and for any split into columns.
import { compile } from '../language/evaluate.ts';
import type { Expression } from '../language/expression.ts';
import type { Tails } from '../language/special.ts';
import { type Bounds, DRAW, type FormulaLaw, type Law, type NumericLaw } from './covariates.ts';
import { cutTails, roundWithin } from './truncation.ts';

/** Applies an expression to columns of equal length: inputs[i] is the column named names[i]. */
export type ColumnEvaluator = (
  expression: Expression,
  names: readonly string[],
) => (inputs: readonly Float64Array[], out: Float64Array) => void;

export type Fill = (
  draw: Float64Array,
  earlier: ReadonlyMap<string, Float64Array>,
  out: Float64Array,
) => void;

export function fillOf(law: Law, earlier: readonly string[], evaluate: ColumnEvaluator): Fill {
  return law.kind === 'formula' ? ofFormula(law, earlier, evaluate) : ofNumbers(law, earlier, evaluate);
}

const columnsOf = (
  earlier: readonly string[],
  done: ReadonlyMap<string, Float64Array>,
  length: number,
): readonly Float64Array[] =>
  earlier.map((name) => done.get(name) ?? new Float64Array(length).fill(Number.NaN));

function ofFormula(law: FormulaLaw, earlier: readonly string[], evaluate: ColumnEvaluator): Fill {
  const names = [DRAW, ...earlier];
  const value = evaluate(law.value, names);
  const round = law.bounds ? roundInside(law.bounds, names, evaluate) : roundAll;
  return (draw, done, out) => {
    const inputs = [draw, ...columnsOf(earlier, done, out.length)];
    value(inputs, out);
    round(inputs, out);
  };
}

/** Numbers that every patient shares, or columns of them. */
type Column = (inputs: readonly Float64Array[], length: number) => Float64Array;

function columnOf(expression: Expression, names: readonly string[], evaluate: ColumnEvaluator): Column {
  const fill = evaluate(expression, names);
  return (inputs, length) => {
    const out = new Float64Array(length);
    fill(inputs, out);
    return out;
  };
}

function ofNumbers(law: NumericLaw, earlier: readonly string[], evaluate: ColumnEvaluator): Fill {
  const { row, parameters, bounds } = law;
  const fixed: Record<string, number> = {};
  const varying: { name: string; column: Column }[] = [];
  for (const [name, value] of parameters) {
    fixed[name] = value.kind === 'number' ? value.value : Number.NaN;
    if (value.kind !== 'number') varying.push({ name, column: columnOf(value, earlier, evaluate) });
  }
  const [low, high] = bounds
    ? [columnOf(bounds.low, earlier, evaluate), columnOf(bounds.high, earlier, evaluate)]
    : [null, null];
  // One law for all patients where nothing in it varies: its constants are taken once.
  const shared = varying.length === 0 ? row.law(fixed) : null;
  const cutOnce =
    shared && bounds?.low.kind === 'number' && bounds.high.kind === 'number'
      ? cutTails(shared, bounds.low.value, bounds.high.value)
      : null;
  return (draw, done, out) => {
    const inputs = columnsOf(earlier, done, out.length);
    const columns = varying.map(({ name, column }) => ({ name, values: column(inputs, out.length) }));
    const [lows, highs] = [low?.(inputs, out.length), high?.(inputs, out.length)];
    const values: Record<string, number> = { ...fixed };
    for (let i = 0; i < out.length; i++) {
      const u = draw[i] ?? Number.NaN;
      for (const column of columns) values[column.name] = column.values[i] ?? Number.NaN;
      const tails = shared ?? lawOfPatient(row, values);
      if (tails === null) out[i] = Number.NaN;
      else if (lows && highs) {
        const [from, to] = [lows[i] ?? Number.NaN, highs[i] ?? Number.NaN];
        out[i] = roundWithin((cutOnce ?? cutTails(tails, from, to)).value(u), from, to);
      } else out[i] = Math.fround(tails.quantile(u, 1 - u));
    }
  };
}

/** A patient whose parameters make no distribution has no value; the run counts such a patient as failed. */
const lawOfPatient = (row: NumericLaw['row'], values: Readonly<Record<string, number>>): Tails | null =>
  row.refuse(values) === null ? row.law(values) : null;

const roundAll = (_: readonly Float64Array[], out: Float64Array): void => {
  for (let i = 0; i < out.length; i++) out[i] = Math.fround(out[i] ?? Number.NaN);
};

function roundInside({ low, high }: Bounds, names: readonly string[], evaluate: ColumnEvaluator) {
  if (low.kind === 'number' && high.kind === 'number') {
    return (_: readonly Float64Array[], out: Float64Array): void => {
      for (let i = 0; i < out.length; i++) out[i] = roundWithin(out[i] ?? Number.NaN, low.value, high.value);
    };
  }
  const [lowOf, highOf] = [columnOf(low, names, evaluate), columnOf(high, names, evaluate)];
  return (inputs: readonly Float64Array[], out: Float64Array): void => {
    const [lows, highs] = [lowOf(inputs, out.length), highOf(inputs, out.length)];
    for (let i = 0; i < out.length; i++) {
      out[i] = roundWithin(out[i] ?? Number.NaN, lows[i] ?? Number.NaN, highs[i] ?? Number.NaN);
    }
  };
}

/** The plain ColumnEvaluator: patient by patient. */
export const evaluateWithTape: ColumnEvaluator = (expression, names) => {
  const value = compile(expression, names);
  return (inputs, out) => {
    const patient = new Float64Array(inputs.length);
    for (let i = 0; i < out.length; i++) {
      for (let k = 0; k < inputs.length; k++) patient[k] = inputs[k]?.[i] ?? Number.NaN;
      out[i] = value(patient);
    }
  };
};
