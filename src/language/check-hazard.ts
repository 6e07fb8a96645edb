// Hazards. In: a statement `hazard death = ...`. Out: the record of the Model, with the definitions, the random effect and
// the memories that it is made of. What endpoints ask of hazards is for check-occurrence.ts.
// A patient's event is when the cumulative hazard reaches -log(1 - F(z)): the inverse of its distribution at u = F(z).
import { checkNamed } from './check-outcomes.ts';
import { constant } from './check-population.ts';
import { derivative } from './derivative.ts';
import { evaluate } from './evaluate.ts';
import { call, type Expression, number, symbol } from './expression.ts';
import { symbolsOf } from './fold.ts';
import { MAX_HAZARDS, MAX_RECURRENCES } from './limits.ts';
import type { Definition, Hazard, Memory, RandomBlock } from './model.ts';
import { type Quantity, quantity, type Scope } from './names.ts';
import { expand, simplify } from './simplify.ts';
import type { HazardStatement } from './syntax.ts';
import { converted, flag, numeric, origin } from './typed.ts';
import { DIMENSIONLESS, divide, type Unit } from './units.ts';

export interface CheckedHazard {
  readonly hazard: Hazard;
  /** In dependency order, once the names of the hazard's own expression are known. */
  readonly definitions: readonly Definition[];
  readonly block: RandomBlock;
  readonly memories: readonly Memory[];
}

const namesFor = (name: string) => ({
  cumulative: `${name}_cumulative`,
  threshold: `${name}_threshold`,
  draw: `${name}_z`,
  happened: `${name}_happened`,
  count: `${name}_count`,
  next: `${name}_next`,
});

const perTime = (scope: Scope): Unit | null =>
  scope.time === null ? null : divide(DIMENSIONLESS, scope.time);

/** Enters the names that a hazard makes; the first is that of the hazard itself. */
export function declareHazard(s: HazardStatement, scope: Scope, line: number | null): Quantity[] {
  const made = namesFor(s.name);
  const own = (
    name: string,
    kind: Quantity['kind'],
    stage: Quantity['stage'],
    more: Partial<Quantity> = {},
  ) => {
    const q = { ...quantity(name, kind, DIMENSIONLESS, stage, s.nameSpan, line), used: true, ...more };
    return scope.declare(q) ? [q] : [];
  };
  if (scope.hazards.size === MAX_HAZARDS)
    scope.report.error(s.nameSpan, `more than ${MAX_HAZARDS} hazards`, 'write a model for each question');
  const hazard = own(s.name, 'definition', 'study', { unit: null });
  if (hazard.length === 0 || scope.hazards.size >= MAX_HAZARDS) return hazard;
  own(made.draw, 'random effect', 'patient');
  own(made.threshold, 'definition', 'patient', { because: made.draw });
  own(made.cumulative, 'definition', 'step');
  own(made.happened, 'definition', 'step', { type: 'condition' });
  if (s.recurrent) {
    own(made.count, 'memory', 'step');
    own(made.next, 'memory', 'step');
  }
  scope.hazards.set(s.name, {
    name: s.name,
    type: s.recurrent ? 'recurrent' : s.censors ? 'censoring' : 'single',
    cumulative: made.cumulative,
    threshold: made.threshold,
    ...(s.recurrent ? { recurrence: { count: made.count } } : {}),
  });
  return hazard;
}

/** `earlier` are the definitions checked so far, for the hazard's value at time 0. */
export function checkHazard(
  s: HazardStatement,
  own: Quantity,
  scope: Scope,
  earlier: readonly Definition[],
): CheckedHazard | null {
  const { report } = scope;
  const { name, label, span } = s;
  if (s.recurrent && s.censors) {
    report.error(
      s.nameSpan,
      `${name} is recurrent, and what censors happens once`,
      'remove recurrent, or censors',
    );
    return null;
  }
  if (!s.recurrent && s.most !== null) {
    report.error(
      s.most.span,
      `${name} happens once: at most belongs to recurrent hazards`,
      `write recurrent hazard ${name}`,
    );
    return null;
  }
  const most = s.most === null ? null : constant(s.most, scope, DIMENSIONLESS, 'the number of events');
  if (most !== null && !(Number.isInteger(most) && most >= 1 && most <= MAX_RECURRENCES)) {
    report.error(
      s.most?.span ?? span,
      `the number of events is ${most}`,
      `it is a whole number from 1 to ${MAX_RECURRENCES}`,
    );
    return null;
  }
  const before = report.errors;
  const value = checkNamed(
    { kind: 'definition', name, nameSpan: s.nameSpan, label, value: s.value, unit: null, span },
    own,
    scope,
  );
  if (value === null) return null;
  const unit = s.cumulative ? DIMENSIONLESS : perTime(scope);
  own.unit = perTime(scope);
  if (value.condition) {
    report.error(
      s.value.span,
      `the hazard ${name} is a condition`,
      `write if ... then 0.1${bracketed(unit)} else 0`,
    );
    return null;
  }
  const zero = value.expression.kind === 'number' && value.expression.value === 0;
  const expression = converted({ ...numeric(value.expression, value.unit), zero }, unit);
  if (unit === null || own.unit === null) return null;
  if (expression === null) {
    report.error(
      s.value.span,
      `the ${s.cumulative ? 'cumulative ' : ''}hazard ${name} must be ${s.cumulative ? 'a plain number' : unit.text}: ${origin(scope, s.value, value.unit)}`,
      s.cumulative ? 'write (t / 30 [d])^0.7' : `it is a risk per time: write 0.01${bracketed(unit)}`,
    );
    return null;
  }
  if (report.errors > before) return null;
  const problem = s.cumulative
    ? wrongCumulative(expression, scope, earlier)
    : wrongRate(expression, scope, earlier);
  if (problem !== null) {
    report.error(
      s.value.span,
      `the ${s.cumulative ? 'cumulative ' : ''}hazard ${name} ${problem.message}`,
      problem.hint.replace('NAME', name),
    );
    return null;
  }
  const made = namesFor(name);
  const plain = (n: string, of: Expression, stage: Definition['stage'], more: Partial<Definition> = {}): Definition => ({
    name: n, label: '', unit: DIMENSIONLESS, span, expression: of, stage, ...more,
  }); // biome-ignore format: one record
  const reached = call('ge', symbol(made.cumulative), symbol(made.threshold));
  if (s.cumulative) own.stage = 'step';
  const rate = s.cumulative ? simplify(derivative(expression, 't')) : expression;
  return {
    hazard: {
      name, label, span,
      type: s.recurrent ? 'recurrent' : s.censors ? 'censoring' : 'single',
      given: s.cumulative ? 'cumulative' : 'rate',
      cumulative: made.cumulative, threshold: made.threshold, draw: made.draw, happened: made.happened,
      ...(s.recurrent ? { recurrence: { count: made.count, next: made.next, most } } : {}),
    }, // biome-ignore format: one record
    definitions: [
      plain(made.threshold, thresholdOf(symbol(made.draw)), 'patient'),
      ...(s.cumulative ? [plain(made.cumulative, expression, 'step')] : []),
      plain(made.happened, flag(reached), 'step', { condition: true }),
      plain(name, rate, own.stage, { label, unit: own.unit }),
    ],
    block: {
      names: [made.draw], labels: [''], covariance: [[number(1)]], units: [DIMENSIONLESS], span,
    },
    memories: s.recurrent
      ? [
          { name: made.count, label: '', unit: DIMENSIONLESS, span, initial: number(0) },
          { name: made.next, label: '', unit: DIMENSIONLESS, span, initial: symbol(made.threshold) },
        ]
      : [],
  }; // biome-ignore format: one record
}

const bracketed = (unit: Unit | null): string => (unit === null ? '' : ` [${unit.text}]`);

/** Below this u the series of -log(1 - u) is used, since 1 - u loses what u is; 12 terms leave under 1e-16 of it. */
const SMALL = 0.05;
const TERMS = 12;

/** -log(1 - F(z)), as exact in f32 as F is. */
export function thresholdOf(z: Expression): Expression {
  const u = call('normal_cdf', z);
  let sum: Expression = number(1 / TERMS);
  for (let n = TERMS - 1; n > 0; n--) sum = call('add', number(1 / n), call('mul', u, sum));
  const far = call('neg', call('log', call('normal_cdf', call('neg', z))));
  return call('if', call('lt', u, number(SMALL)), call('mul', u, sum), far);
}

interface Problem {
  readonly message: string;
  readonly hint: string;
}

/** Values at time `t`, with parameters as they are and 1 for what differs between patients or over time. */
function sampler(scope: Scope, earlier: readonly Definition[]) {
  const formulas = new Map(earlier.map((d) => [d.name, d.expression]));
  return (e: Expression, t: number): number => {
    const known = new Map<string, number>([['t', t]]);
    const value = (name: string): number => {
      const before = known.get(name);
      if (before !== undefined) return before;
      const own = scope.quantities.get(name)?.value ?? Number.NaN;
      const formula = formulas.get(name);
      const found = !Number.isNaN(own) ? own : formula === undefined ? 1 : evaluate(formula, value);
      known.set(name, found);
      return found;
    };
    return evaluate(e, value);
  };
}

function wrongRate(e: Expression, scope: Scope, earlier: readonly Definition[]): Problem | null {
  const fixed = [...symbolsOf(e)].every(
    (name) => name === 't' || !Number.isNaN(scope.quantities.get(name)?.value ?? Number.NaN),
  );
  const at = sampler(scope, earlier);
  const start = at(e, 0);
  if (fixed && start < 0) return { message: `is ${start}`, hint: 'a risk is 0 or more' };
  if (Math.abs(start) === Number.POSITIVE_INFINITY && Number.isFinite(at(e, 1e-6)))
    return {
      message: 'is infinite at t = 0',
      hint: 'write what it adds up to, cumulative hazard NAME = (t / 30 [d])^0.7, or begin a little later: max(t, 1 [min])',
    };
  return null;
}

/** Times at which a cumulative hazard is looked at, in model time. */
const LOOKED_AT = [0, 1e-3, 0.1, 1, 3, 10, 100, 1000];

function wrongCumulative(e: Expression, scope: Scope, earlier: readonly Definition[]): Problem | null {
  for (const name of symbolsOf(expand(e))) {
    const q = scope.quantities.get(name);
    if (name === 't' || q === undefined || q.stage !== 'step') continue;
    return {
      message: `depends on ${name}, which changes over time`,
      hint: `it may depend on t and on what is fixed for a patient; write the risk itself: hazard ... in 1/time`,
    };
  }
  const at = sampler(scope, earlier);
  const values = LOOKED_AT.map((t) => at(e, t));
  const [start = 0] = values;
  if (Math.abs(start) > 1e-12)
    return { message: `is ${start} at t = 0`, hint: 'nothing has added up then: it begins at 0' };
  const falls = values.findIndex((v, k) => k > 0 && v < (values[k - 1] ?? 0));
  return falls < 0
    ? null
    : { message: `falls before t = ${LOOKED_AT[falls]}`, hint: 'risks add up: it never falls' };
}
