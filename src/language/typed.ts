// A checked expression with its unit, and what is done with one: conversion, constants, and words for messages.
// In: typed expressions. Out: expressions in the wanted unit, with the conversion as an explicit multiplication.
import type { Span } from './diagnostic.ts';
import { call, type Expression, number, symbol } from './expression.ts';
import type { Stage } from './model.ts';
import type { Quantity, Scope } from './names.ts';
import type { NameSyntax, OccurrenceSyntax, ReductionSyntax, Syntax } from './syntax.ts';
import {
  conversion,
  DIMENSIONLESS,
  describeUnit,
  isDimensionless,
  sameDimension,
  type Unit,
} from './units.ts';

export interface Typed {
  readonly expression: Expression;
  /** null: not known, because an error in it has been reported. */
  readonly unit: Unit | null;
  readonly type: 'number' | 'condition';
  /** A bare 0, which fits any unit. */
  readonly zero: boolean;
}

/** What an expression stands in; its stage and what made it so are gathered from the names met. */
export interface Reading {
  readonly scope: Scope;
  /** Of endpoints and checks: there, what changes over time must be reduced. */
  readonly outcome: OutcomeReading | null;
  readonly inReduction: boolean;
  /** At a rule's visit: there the name of a measurement is a reading. */
  readonly atVisit: boolean;
  stage: Stage;
  because: string | null;
  /** Something in it is wrong and has been reported. */
  unknown: boolean;
}
export interface OutcomeReading {
  readonly reduce: (syntax: ReductionSyntax) => Typed;
  /** When or whether the event of a hazard happened. */
  readonly occur: (syntax: OccurrenceSyntax) => Typed;
  /** Another endpoint, put in where it is named. */
  readonly inline: (endpoint: Quantity, syntax: NameSyntax) => Typed;
}

export function reading(
  scope: Scope,
  inReduction = false,
  outcome: OutcomeReading | null = null,
  atVisit = false,
): Reading {
  return { scope, outcome, inReduction, atVisit, stage: 'study', because: null, unknown: false };
}

export const UNKNOWN: Typed = { expression: number(Number.NaN), unit: null, type: 'number', zero: false };
export const numeric = (expression: Expression, unit: Unit | null): Typed => ({
  expression,
  unit,
  type: 'number',
  zero: false,
});
export const condition = (expression: Expression): Typed => ({
  expression,
  unit: DIMENSIONLESS,
  type: 'condition',
  zero: false,
});

const RANK: Readonly<Record<Stage, number>> = { study: 0, patient: 1, step: 2 };
export const later = (a: Stage, b: Stage): boolean => RANK[a] > RANK[b];

/** An expression in `from` as one in `to`, of the same dimension; a number is converted, other things are multiplied. */
export function rescaled(expression: Expression, from: Unit, to: Unit): Expression {
  const factor = conversion(from, to);
  if (factor === 1) return expression;
  if (expression.kind !== 'number') return call('mul', expression, number(factor));
  // 10 min are 10 / 60 h, correctly rounded; 10 * 0.01666... need not be.
  const inverse = conversion(to, from);
  return number(
    factor < 1 && Number.isInteger(inverse) ? expression.value / inverse : neat(expression.value * factor),
  );
}

/** 30 mL/min are 1.8 L/h, not 1.7999999999999998: a decimal within the product's rounding is what was meant. */
function neat(x: number): number {
  const decimal = Number(x.toPrecision(15));
  return Math.abs(decimal - x) <= Number.EPSILON * Math.abs(x) ? decimal : x;
}

/** The expression in `unit`, or null when the dimensions differ. A unit that is not known fits. */
export function converted(typed: Typed, unit: Unit | null): Expression | null {
  if (typed.unit === null || unit === null || typed.zero) return typed.expression;
  if (!sameDimension(typed.unit, unit)) return null;
  return rescaled(typed.expression, typed.unit, unit);
}

/** The value of an expression made of numbers alone; null when it names anything. */
export function constantOf(e: Expression): number | null {
  if (e.kind === 'number') return e.value;
  if (e.kind === 'symbol') return null;
  const [a = null, b = null] = e.args.map(constantOf);
  if (a === null) return null;
  if (e.fn === 'neg') return -a;
  if (b === null) return null;
  switch (e.fn) {
    case 'add':
      return a + b;
    case 'sub':
      return a - b;
    case 'mul':
      return a * b;
    case 'div':
      return a / b;
    default:
      return null;
  }
}

/** 0.8 is 4/5; null for what is no fraction with a denominator up to 1000. */
export function fractionOf(x: number): readonly [number, number] | null {
  for (let q = 1; q <= 1000; q++) {
    const p = Math.round(x * q);
    if (Math.abs(p / q - x) <= 1e-12 * Math.max(1, Math.abs(x))) return [p, q];
  }
  return null;
}

/** Exponents and scales that further arithmetic could not hold exactly are refused. */
export function sound(unit: Unit): boolean {
  if (!(unit.scale > 0 && unit.scale < Number.POSITIVE_INFINITY)) return false;
  return Object.values(unit.dimension).every(([p, q]) => Math.abs(p) <= 1000 && q <= 1000);
}

/** A named condition (held as 1 or 0) as a condition again. */
export const holds = (name: string): Expression => call('gt', symbol(name), number(0.5));
/** A condition as the number that a name holds. */
export const flag = (e: Expression): Expression => call('if', e, number(1), number(0));

/** The text of a node, short enough for a message. */
export function quote(scope: Scope, syntax: Syntax): string {
  const text = wholeOf(scope.text, syntax.span)
    .replace(/#[^\r\n]*/g, '')
    .replace(/\s+/g, ' ')
    .trim();
  return text.length > 48 ? `${text.slice(0, 45)}...` : text;
}

/** Parentheses are looked for this many characters around a part. */
const NEAR = 80;

/** With the parentheses that the part's first or last factor stands in: a span begins and ends at what they hold. */
function wholeOf(text: string, { start, end }: Span): string {
  let open = 0;
  let close = 0;
  for (const sign of text.slice(start, end).replace(/#[^\r\n]*/g, '')) {
    if (sign === '(') open++;
    else if (sign === ')' && open > 0) open--;
    else if (sign === ')') close++;
  }
  const before = new RegExp(`(?:\\(\\s*){${close}}$`).exec(text.slice(Math.max(0, start - NEAR), start));
  const after = new RegExp(`^(?:\\s*\\)){${open}}`).exec(text.slice(end, end + NEAR));
  return `${before?.[0] ?? ''}${text.slice(start, end)}${after?.[0] ?? ''}`;
}

/** `conc is mg/L (line 31)`; for a compound also where its parts have their units from. */
export function origin(scope: Scope, syntax: Syntax, unit: Unit | null): string {
  const what = unit === null ? 'of unknown unit' : describeUnit(unit);
  if (syntax.kind === 'name') return `${syntax.name} is ${what}${lineOf(scope, syntax.name)}`;
  if (syntax.kind === 'number') return `${quote(scope, syntax)} is ${what}`;
  const parts: string[] = [];
  for (const name of namesOf(syntax)) {
    const quantity = scope.quantities.get(name);
    if (
      quantity === undefined ||
      quantity.unit === null ||
      isDimensionless(quantity.unit) ||
      parts.length >= 3
    )
      continue;
    parts.push(`${name} is ${describeUnit(quantity.unit)}${lineOf(scope, name, ', ', '')}`);
  }
  return `${quote(scope, syntax)} is ${what}${parts.length > 0 ? ` (${parts.join('; ')})` : ''}`;
}

function lineOf(scope: Scope, name: string, open = ' (', close = ')'): string {
  const line = scope.quantities.get(name)?.line ?? null;
  return line === null ? '' : `${open}line ${line}${close}`;
}

/** Names in an expression as written, each once, in order. */
export function namesOf(root: Syntax): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (syntax: Syntax): void => {
    switch (syntax.kind) {
      case 'name':
        names.add(syntax.name);
        break;
      case 'call':
        syntax.args.forEach(visit);
        break;
      case 'is':
        visit(syntax.operand);
        break;
      case 'between':
        visit(syntax.operand);
        visit(syntax.range.low);
        visit(syntax.range.high);
        break;
      case 'lookup':
        names.add(syntax.table);
        visit(syntax.argument);
        break;
      case 'reduction':
        visit(syntax.of);
        if (syntax.from !== null) visit(syntax.from);
        if (syntax.to !== null) visit(syntax.to);
        break;
      case 'occurrence':
        for (const { name } of [...syntax.hazards, ...syntax.rivals]) names.add(name);
        if (syntax.by !== null) visit(syntax.by);
        break;
    }
  };
  visit(root);
  return names;
}
