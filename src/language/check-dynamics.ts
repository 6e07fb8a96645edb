// States, flows and derivatives. In: their statements. Out: the states with their derivatives put together from flows
// (minus where a flow leaves, plus where it arrives) or from d/dt, in the state's unit per unit of model time.
import { checkEntryParts } from './check-dose.ts';
import { checkInUnit } from './check-expression.ts';
import { call, type Expression, number } from './expression.ts';
import { MAX_FLOWS } from './limits.ts';
import type { Flow, State } from './model.ts';
import type { Quantity, Scope } from './names.ts';
import { allow } from './stage.ts';
import type { DerivativeStatement, FlowStatement, StateStatement, Word } from './syntax.ts';
import { reading, rescaled } from './typed.ts';
import { DIMENSIONLESS, describeUnit, divide, sameDimension, type Unit } from './units.ts';

export interface Dynamics {
  readonly states: readonly State[];
  readonly flows: readonly Flow[];
  /** Compartments that no flow touches. */
  readonly still: readonly StateStatement[];
}

const perTime = (unit: Unit | null, scope: Scope): Unit | null =>
  unit === null || scope.time === null ? null : divide(unit, scope.time);

export function checkDynamics(
  states: readonly StateStatement[],
  flows: readonly FlowStatement[],
  derivatives: readonly DerivativeStatement[],
  scope: Scope,
): Dynamics {
  const checkedFlows: Flow[] = [];
  const moved = new Map<string, Expression[]>();
  const touched = new Map<string, FlowStatement>();
  for (const flow of flows) {
    for (const end of [flow.from, flow.to])
      if (end !== null && !touched.has(end.name)) touched.set(end.name, flow);
    const checked = checkFlow(flow, scope);
    if (checked === null) continue;
    checkedFlows.push(checked);
    const move = (name: string | null, rate: Expression) => {
      if (name === null) return;
      const terms = moved.get(name) ?? [];
      terms.push(rate);
      moved.set(name, terms);
      if (terms.length === MAX_FLOWS + 1)
        scope.report.error(flow.nameSpan, `more than ${MAX_FLOWS} flows at ${name}`);
    };
    move(checked.from, call('neg', checked.rate));
    const to = checked.to === null ? null : (scope.quantities.get(checked.to)?.unit ?? null);
    const own = perTime(to, scope);
    move(checked.to, own === null ? checked.rate : rescaled(checked.rate, checked.unit, own));
  }

  const written = new Map<string, DerivativeStatement>();
  for (const d of derivatives) {
    const before = written.get(d.of.name);
    const target = stateNamed(d.of, scope);
    if (before !== undefined)
      scope.report.error(
        d.of.span,
        `d/dt(${d.of.name}) is already given (line ${scope.report.line(before.span.start)})`,
        'add both right-hand sides',
      );
    else written.set(d.of.name, d);
    const flow = touched.get(d.of.name);
    if (target?.kind === 'compartment' && flow !== undefined)
      scope.report.error(
        d.of.span,
        `${d.of.name} is moved by flows (${flow.name}, line ${scope.report.line(flow.span.start)}), so it has no d/dt of its own`,
        `add a flow for it: flow name : -> ${d.of.name} at rate`,
      );
  }

  const result: State[] = [];
  const still: StateStatement[] = [];
  for (const s of states) {
    const unit = scope.quantities.get(s.name)?.unit ?? null;
    const initial = checkInitial(s, unit, scope);
    const own = written.get(s.name);
    let derivative: Expression | null = null;
    if (own !== undefined)
      derivative = checkInUnit(own.value, reading(scope), perTime(unit, scope), `d/dt(${s.name})`);
    else if (s.kind === 'compartment') {
      derivative = sum(moved.get(s.name) ?? []);
      if (!touched.has(s.name)) still.push(s);
    } else if (touched.get(s.name) === undefined) {
      scope.report.error(
        s.nameSpan,
        `the state ${s.name} has no d/dt`,
        `write d/dt(${s.name}) = ..., or make it a compartment with flows`,
      );
    }
    if (unit === null || initial === null || derivative === null) continue;
    const type = s.kind === 'compartment' ? 'compartment' : 'variable';
    const entry = checkEntryParts(s.entry, unit, scope, () => reading(scope));
    if (entry === null) continue;
    const entered = Object.keys(entry).length > 0 ? { entry } : {};
    result.push({ name: s.name, label: s.label, unit, span: s.span, type, ...entered, initial, derivative });
  }
  return { states: result, flows: checkedFlows, still };
}

function checkInitial(s: StateStatement, unit: Unit | null, scope: Scope): Expression | null {
  if (s.initial === null) {
    if (s.kind === 'compartment') return number(0);
    scope.report.error(
      s.nameSpan,
      `the state ${s.name} has no initial value`,
      `write state ${s.name} : ${s.unit.text} = 0`,
    );
    return null;
  }
  const at = reading(scope);
  const initial = checkInUnit(s.initial, at, unit, `the initial value of ${s.name}`);
  return initial !== null && allow(at, 'patient', s.initial.span, `the initial value of ${s.name}`)
    ? initial
    : null;
}

function sum(terms: readonly Expression[]): Expression {
  let total: Expression | null = null;
  for (const term of terms) {
    if (total === null) total = term;
    else if (term.kind === 'call' && term.fn === 'neg' && term.args[0] !== undefined)
      total = call('sub', total, term.args[0]);
    else total = call('add', total, term);
  }
  return total ?? number(0);
}

/** A compartment or state that a dose goes into or a flow joins; null when it is not one, which is reported. */
export function stateNamed(word: Word, scope: Scope): Quantity | null {
  const quantity = scope.quantities.get(word.name);
  if (quantity?.kind === 'compartment' || quantity?.kind === 'state') return quantity;
  const known = [...scope.quantities.values()]
    .filter((q) => q.kind === 'compartment' || q.kind === 'state')
    .map((q) => q.name);
  if (quantity === undefined)
    scope.report.error(
      word.span,
      `unknown compartment or state ${word.name}`,
      scope.suggest(word.name, known) ?? listing(known),
    );
  else if (quantity.unit !== null)
    scope.report.error(
      word.span,
      `${word.name} is a ${quantity.kind}, not a compartment or state`,
      listing(known),
    );
  return null;
}
const listing = (known: readonly string[]): string =>
  known.length === 0 ? 'write compartment central : mg' : `there are ${known.slice(0, 12).join(', ')}`;

function checkFlow(flow: FlowStatement, scope: Scope): Flow | null {
  if (flow.from === null && flow.to === null) {
    scope.report.error(
      flow.nameSpan,
      `the flow ${flow.name} joins nothing`,
      'write the compartment it leaves or enters',
    );
    return null;
  }
  if (flow.from !== null && flow.from.name === flow.to?.name) {
    scope.report.error(
      flow.to.span,
      `the flow ${flow.name} leaves and enters ${flow.to.name}`,
      'remove it, or name another compartment',
    );
    return null;
  }
  const ends = [flow.from, flow.to].map((word) =>
    word === null ? null : { word, quantity: stateNamed(word, scope) },
  );
  let whole = true;
  for (const end of ends) {
    if (end === null) continue;
    if (end.quantity === null) whole = false;
    else if (end.quantity.kind === 'state') {
      scope.report.error(
        end.word.span,
        `${end.word.name} is a state with a d/dt, and flows join compartments`,
        `write compartment ${end.word.name}, or put the flow into d/dt(${end.word.name})`,
      );
      whole = false;
    } else end.quantity.used = true;
  }
  const [from, to] = ends.map((end) => end?.quantity ?? null);
  const unit = perTime(from?.unit ?? to?.unit ?? null, scope);
  if (from && to && from.unit !== null && to.unit !== null && !sameDimension(from.unit, to.unit)) {
    const side = (q: Quantity) =>
      `${q.name} is ${describeUnit(q.unit ?? DIMENSIONLESS)}${q.line === null ? '' : ` (line ${q.line})`}`;
    scope.report.error(
      flow.nameSpan,
      `a flow cannot turn ${describeUnit(from.unit)} into ${describeUnit(to.unit)}: ${side(from)}, ${side(to)}`,
      'write two flows, one out of the first and one into the second',
    );
    whole = false;
  }
  const rate = checkInUnit(flow.rate, reading(scope), unit, `the rate of ${flow.name}`, rateHint(flow, unit));
  if (!whole || rate === null || unit === null) return null;
  return { name: flow.name, from: from?.name ?? null, to: to?.name ?? null, rate, unit, span: flow.span };
}

function rateHint(flow: FlowStatement, unit: Unit | null): string | undefined {
  const from = flow.from?.name;
  return unit === null
    ? undefined
    : `a rate is an amount per time${from === undefined ? '' : `, such as k * ${from} with k in 1/${unit.text.split('/').at(-1) ?? 'h'}`}`;
}
