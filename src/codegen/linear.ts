// Proof that a Program is linear between events: rhs = A y + B u + b; A, B and b constant there. In: a Program. Out: the
// coefficients as a Body with the place of each, or the first term that stands in the way, in the model's words.
// Only what the structure shows is proven: x * y / x is refused although it is y. Outputs and watched values may be anything.
import { type CallNode, type Expression, number } from '../language/expression.ts';
import { fold, substitute, symbolsOf } from '../language/fold.ts';
import type { FunctionName } from '../language/functions.ts';
import { share } from '../language/share.ts';
import { apply, simplify } from '../language/simplify.ts';
import { structuralKeys } from './keys.ts';
import type { Body, Program } from './program.ts';

/** What a coefficient multiplies: a model state, an infusion rate (index into `inputs`, 'rate' or held), or 1. */
export type Source =
  | { readonly kind: 'state'; readonly index: number }
  | { readonly kind: 'rate'; readonly index: number }
  | { readonly kind: 'constant' };

export interface Term {
  /** A model state's derivative; from `modelStates` on an integrand. */
  readonly row: number;
  readonly source: Source;
}

export interface LinearSystem {
  /**
   * The coefficient of each term, over p., the states that are `held`, and the held and derived inputs that are no infusion
   * rates: where it names those it is to be taken anew at a segment's start.
   */
  readonly coefficients: Body;
  readonly terms: readonly Term[];
  /** States that only boluses change: between events they are constants, whatever is made of them. */
  readonly held: readonly number[];
  /** Distinct integrands: rows modelStates .. modelStates + integrands - 1. */
  readonly integrands: number;
  /** Per quadrature state, in order: its row, and the gate (index into `inputs`) that switches it, if one does. */
  readonly quadratures: readonly { readonly row: number; readonly gate: number | null }[];
}

export type Linearity = { readonly linear: true } | { readonly linear: false; readonly reason: string };

/** Whether exact propagation can run a Program; `reason` names the term that forbids it. */
export function isLinear(program: Program): Linearity {
  const found = linearSystem(program);
  return 'reason' in found ? { linear: false, reason: found.reason } : { linear: true };
}

/** A value that is `constant` + sum of parts[name] * name; all of them over p. */
interface Affine {
  readonly constant: Expression;
  readonly parts: ReadonlyMap<string, Expression>;
}
type Form = Affine | { readonly reason: string };

const ZERO = number(0);
const ONE = number(1);
const isZero = (e: Expression): boolean => e.kind === 'number' && e.value === 0;

export function linearSystem(program: Program): LinearSystem | { readonly reason: string } {
  const n = program.modelStates;
  const roots = inlined(program.rhs);
  const states = new Map<string, number>(program.states.map(({ name }, i) => [`y.${name}`, i]));
  const waits = program.happenings.find(({ trigger }) => trigger.kind === 'condition');
  if (waits)
    return { reason: `${waits.name} comes when a condition becomes true, between instants known before` };
  const inputs = new Map<string, number>(program.inputs.map(({ name }, i) => [`u.${name}`, i]));
  const infused = infusionRates(program);
  // What is set at instants is constant between them.
  const settable = new Set(
    program.inputs.flatMap(({ kind, name }, i) =>
      kind === 'derived' || (kind === 'held' && !infused.has(i)) ? [`u.${name}`] : [],
    ),
  );
  const gates = new Set(program.inputs.flatMap(({ kind, name }) => (kind === 'gate' ? [`u.${name}`] : [])));
  const held = roots.flatMap((root, i) => (i < n && isZero(simplify(root)) ? [i] : []));
  const fixed = new Set(held.map((i) => `y.${program.states[i]?.name}`));
  const forms = new Map<Expression, Form>();
  const affine = affineOver((name) => variable(name) && !fixed.has(name) && !settable.has(name));
  const key = structuralKeys();
  const terms: Term[] = [];
  const values: Expression[] = [];
  const rows = new Map<string, number>();
  const quadratures: { row: number; gate: number | null }[] = [];

  const readers = { output: program.observe, 'watched value': program.watch };
  for (const [what, body] of Object.entries(readers)) {
    const integral = [...symbolsOf(...inlined(body))].find((name) => (states.get(name) ?? -1) >= n);
    if (integral !== undefined)
      return { reason: `an ${what} reads the running integral ${spoken(integral)}` };
  }

  for (const [i, root] of roots.entries()) {
    const name = program.states[i]?.name ?? '';
    const subject = i < n ? `d/dt(${name})` : `what an endpoint integrates (${name})`;
    const own = [...symbolsOf(root)].filter((s) => gates.has(s));
    const [gate] = own;
    if (own.length > 1 || (gate !== undefined && i < n))
      return { reason: `${subject} depends on the window of an endpoint` };
    if (gate !== undefined && !isZero(withValue(root, gate, ZERO)))
      return { reason: `${subject} goes on outside its window` };
    const open = simplify(gate === undefined ? root : withValue(root, gate, ONE));
    const form = fold<Form>(open, affine, forms);
    if ('reason' in form) return { reason: `${subject} ${form.reason}` };
    if (form.parts.has('t')) return { reason: `${subject} depends on time` };
    const found: { source: Source; value: Expression }[] = [];
    for (const [part, value] of form.parts) {
      const index = states.get(part) ?? -1;
      if (index >= n) return { reason: `${subject} depends on the running integral ${spoken(part)}` };
      found.push({
        source: index >= 0 ? { kind: 'state', index } : { kind: 'rate', index: inputs.get(part) ?? -1 },
        value,
      });
    }
    if (!isZero(form.constant)) found.push({ source: { kind: 'constant' }, value: form.constant });
    const text = found
      .map(({ source, value }) => `${JSON.stringify(source)} ${key(value)}`)
      .sort()
      .join();
    const known = i < n ? undefined : rows.get(text);
    const row = i < n ? i : (known ?? n + rows.size);
    if (i >= n) {
      rows.set(text, row);
      quadratures.push({ row, gate: gate === undefined ? null : (inputs.get(gate) ?? null) });
    }
    if (known !== undefined) continue;
    for (const { source, value } of found) {
      terms.push({ row, source });
      values.push(value);
    }
  }
  return { coefficients: share(values), terms, held, integrands: rows.size, quadratures };
}

/** Inputs that doses of happenings add to: rates of infusions, and how many are running. */
function infusionRates({ happenings }: Program): ReadonlySet<number> {
  const found = new Set<number>();
  for (const { dose, targets } of happenings)
    if (dose) for (const { kind, index } of targets) if (kind === 'held') found.add(index);
  return found;
}

/** A body's results with its locals put in their places, as a graph that shares them. */
function inlined(body: Body): Expression[] {
  const locals = new Map<string, Expression>();
  const seen = new Map<Expression, Expression>();
  const put = (e: Expression) => substitute(e, (name) => locals.get(name), seen);
  body.locals.forEach((e, i) => {
    locals.set(`local.${i}`, put(e));
  });
  return body.results.map(put);
}

const withValue = (root: Expression, name: string, value: Expression): Expression =>
  simplify(substitute(root, (symbol) => (symbol === name ? value : undefined)));

const variable = (name: string): boolean => name === 't' || name.startsWith('y.') || name.startsWith('u.');
const constantForm = (constant: Expression): Affine => ({ constant, parts: new Map() });

/** The affine form of a node from those of its arguments. */
const affineOver =
  (varies: (name: string) => boolean) =>
  (node: Expression, args: readonly Form[]): Form => {
    if (node.kind === 'number') return constantForm(node);
    if (node.kind === 'symbol')
      return varies(node.name) ? { constant: ZERO, parts: new Map([[node.name, ONE]]) } : constantForm(node);
    const known: Affine[] = [];
    for (const arg of args) {
      if ('reason' in arg) return arg;
      known.push(arg);
    }
    if (known.every(({ parts }) => parts.size === 0))
      return constantForm(apply(node.fn, ...known.map(({ constant }) => constant)));
    return combined(node, known);
  };

function combined(node: CallNode, args: readonly Affine[]): Form {
  const [a = constantForm(ZERO), b = constantForm(ZERO), c = constantForm(ZERO)] = args;
  switch (node.fn) {
    case 'add':
    case 'sub':
      return both(a, b, (x, y) => apply(node.fn, x, y));
    case 'neg':
      return each(a, (x) => apply('neg', x));
    case 'mul':
      if (a.parts.size === 0) return each(b, (x) => apply('mul', a.constant, x));
      if (b.parts.size === 0) return each(a, (x) => apply('mul', x, b.constant));
      return { reason: `multiplies ${namesOf(a)} by ${namesOf(b)}` };
    case 'div':
      if (b.parts.size > 0) return { reason: `divides by ${namesOf(b)}` };
      return each(a, (x) => apply('div', x, b.constant));
    case 'if':
      if (a.parts.size > 0) return { reason: `chooses by ${namesOf(a)}` };
      return both(b, c, (x, y) => apply('if', a.constant, x, y));
    default:
      return { reason: `${DEED[node.fn] ?? `takes ${node.fn} of`} ${namesOf(...args)}` };
  }
}

const DEED: Readonly<Partial<Record<FunctionName, string>>> = {
  pow: 'takes a power with', lt: 'switches at a value of', le: 'switches at a value of', gt: 'switches at a value of',
  ge: 'switches at a value of', eq: 'switches at a value of', ne: 'switches at a value of', floor: 'rounds',
  and: 'switches at a value of', or: 'switches at a value of', not: 'switches at a value of',
}; // biome-ignore format: a table

function each(form: Affine, change: (x: Expression) => Expression): Affine {
  return both(form, constantForm(ZERO), (x) => (isZero(x) ? ZERO : change(x)));
}

function both(a: Affine, b: Affine, join: (x: Expression, y: Expression) => Expression): Affine {
  const parts = new Map<string, Expression>();
  for (const name of new Set([...a.parts.keys(), ...b.parts.keys()])) {
    const value = join(a.parts.get(name) ?? ZERO, b.parts.get(name) ?? ZERO);
    const [x, y] = [a.parts.get(name), b.parts.get(name)];
    // k x - k x is nothing, however k is spelled, as long as it is the same node.
    const cancels = value.kind === 'call' && value.fn === 'sub' && x !== undefined && x === y;
    if (!isZero(value) && !cancels) parts.set(name, value);
  }
  return { constant: join(a.constant, b.constant), parts };
}

const spoken = (name: string): string =>
  name === 't'
    ? 'time'
    : /^u\.(rate|infused)_/.test(name)
      ? `the infusion into ${name.replace(/^u\.[a-z]+_/, '')}`
      : name.slice(2);
const namesOf = (...forms: readonly Affine[]): string =>
  [...new Set(forms.flatMap(({ parts }) => [...parts.keys()]))].map(spoken).join(' and ');
