// Rules: decisions at visits. In: a rule as written. Out: the Rule of the Model: visits as a schedule, or, where their
// distance is decided at each, as the time to the next one; branches in the order in which they are tried.
import { checkActions, type Done, type Pausing } from './check-actions.ts';
import { checkCondition } from './check-expression.ts';
import { constant } from './check-population.ts';
import { checkSchedule, ENDLESS, quantityOf, timeHint } from './check-schedule.ts';
import { call, type Expression, number, symbol } from './expression.ts';
import { MAX_BRANCHES } from './limits.ts';
import type { Branch, Rule, Schedule } from './model.ts';
import type { Scope } from './names.ts';
import { simplify } from './simplify.ts';
import { defaultValue } from './stage.ts';
import type { BranchSyntax, RuleSyntax } from './syntax-therapy.ts';
import { reading } from './typed.ts';
import { DIMENSIONLESS } from './units.ts';

/** The clock counts as having come to a time that it differs from by its rounding, in f32 too; relative. */
export const CLOCK_HAIR = 1e-6;
const MAX_CONFIRMED = 1000;
const WORDS = { line: 'a rule', happenings: 'visits' };

/** Visits: when the first is, and how long after each the next. */
interface Visits {
  readonly schedule: Schedule;
  /** Set where the distance changes. */
  readonly next: Expression | null;
  /** Visits at or after this time do nothing; for those whose number is not known before. */
  readonly until: Expression | null;
}

export function checkRule(rule: RuleSyntax, scope: Scope, therapy: Pausing, order: number): Rule | null {
  const { name, label, span } = rule;
  const { report } = scope;
  if (rule.branches.length === 0) {
    report.error(
      rule.nameSpan,
      `the rule ${name} does nothing`,
      'write below it, indented deeper: if INR > 4 : decrease daily by 10 %',
    );
    return null;
  }
  const visits = checkVisits(rule, scope);
  const branches: (Branch & { readonly next: Expression | null })[] = [];
  let whole = true;
  let always: BranchSyntax | null = null;
  if (rule.branches.length > MAX_BRANCHES) {
    report.error(rule.nameSpan, `the rule ${name} has more than ${MAX_BRANCHES} branches`, 'split it');
    return null;
  }
  for (const branch of gathered(rule.branches)) {
    if (always !== null) {
      report.error(
        branch.span,
        'this is never reached: the branch above is always taken',
        always.kind === 'bare'
          ? 'write else : before what is done otherwise'
          : 'move it above, or write a rule of its own',
      );
      return null;
    }
    const checked = checkBranch(branch, scope, therapy);
    if (checked === null) {
      whole = false;
      continue;
    }
    if (checked.condition.kind === 'number' && checked.confirmed === 1) always = branch;
    branches.push(checked);
  }
  if (!whole || visits === null) return null;
  const distance = nextVisit(rule, branches, visits, scope);
  if (distance === undefined) return null;
  const { until } = visits;
  const guard =
    distance === null || until === null
      ? null
      : call('lt', call('mul', symbol('t'), number(1 + CLOCK_HAIR)), until);
  const { start, interval, count } = visits.schedule;
  // A number of visits was written, or follows from the list; otherwise there is no end but the run's.
  const counted = guard === null && (rule.every !== null || rule.at.length > 1);
  return {
    name,
    label,
    schedule:
      distance === null
        ? { start, interval, count }
        : { start, interval: number(0), count: counted ? count : number(ENDLESS) },
    ...(distance === null ? {} : { next: distance }),
    branches: branches.map(({ next: _, ...branch }) => {
      if (guard === null) return branch;
      const { condition } = branch;
      return { ...branch, condition: condition.kind === 'number' ? guard : call('and', guard, condition) };
    }),
    order,
    span,
  };
}

/** Actions without a condition that follow each other are one branch. */
function gathered(branches: readonly BranchSyntax[]): readonly BranchSyntax[] {
  const result: BranchSyntax[] = [];
  for (const branch of branches) {
    const before = result.at(-1);
    if (branch.kind === 'bare' && before?.kind === 'bare') {
      const span = { start: before.span.start, end: branch.span.end };
      result[result.length - 1] = { ...before, actions: [...before.actions, ...branch.actions], span };
    } else result.push(branch);
  }
  return result;
}

function checkBranch(
  branch: BranchSyntax,
  scope: Scope,
  therapy: Pausing,
): (Branch & { readonly next: Expression | null }) | null {
  const { report } = scope;
  const before = report.errors;
  const written =
    branch.condition === null
      ? number(1)
      : checkCondition(branch.condition, reading(scope, false, null, true));
  let confirmed: number | null = 1;
  if (branch.confirmed !== null) {
    confirmed = constant(branch.confirmed, scope, DIMENSIONLESS, 'the number of confirmations');
    if (
      confirmed !== null &&
      !(Number.isInteger(confirmed) && confirmed >= 1 && confirmed <= MAX_CONFIRMED)
    ) {
      report.error(
        branch.confirmed.span,
        `the number of confirmations is ${confirmed}`,
        `it is a whole number from 1 to ${MAX_CONFIRMED}: consecutive visits, this one included`,
      );
      confirmed = null;
    }
  }
  const known = written === null || report.errors > before ? null : simplify(written);
  if (branch.condition !== null && known?.kind === 'number') {
    report.error(
      branch.condition.span,
      known.value === 0 ? 'this never holds' : 'this always holds',
      known.value === 0 ? 'remove the branch' : 'write else, or the actions alone',
    );
    return null;
  }
  const done: Done | null = checkActions(branch.actions, { scope, place: 'rule', therapy });
  if (written === null || confirmed === null || done === null) return null;
  const { actions, next } = done;
  return { condition: written, confirmed, actions, next, span: branch.span };
}

function checkVisits(rule: RuleSyntax, scope: Scope): Visits | null {
  const { report } = scope;
  if (rule.at.length === 0) {
    if (rule.every === null) {
      const once = rule.from === null ? 'every 7 d' : 'at, not from, or add every 7 d';
      report.error(rule.nameSpan, `the rule ${rule.name} does not say when its visits are`, `write ${once}`);
      return null;
    }
    const at = reading(scope);
    const schedule = checkSchedule(rule, scope, WORDS, 'step', at);
    if (schedule === null) return null;
    const until = rule.until === null ? null : untilOf(rule, scope);
    // `every` may change over time: then it is taken at each visit.
    return { schedule, until, next: at.stage === 'step' ? schedule.interval : null };
  }
  if (rule.every !== null && rule.at.length > 1) {
    report.error(rule.every.span, 'visits are listed or repeated, not both', 'write from 0 d every 7 d');
    return null;
  }
  if (rule.at.length > MAX_BRANCHES) {
    report.error(rule.nameSpan, `more than ${MAX_BRANCHES} visits are listed`, 'write from 0 d every 7 d');
    return null;
  }
  const [first] = rule.at;
  if (rule.at.length === 1 && first !== undefined) {
    const schedule = checkSchedule({ ...rule, from: first }, scope, WORDS);
    const until = rule.until === null ? null : untilOf(rule, scope);
    return schedule === null ? null : { schedule, next: null, until };
  }
  const times: Expression[] = [];
  for (const syntax of rule.at) {
    const time = quantityOf(syntax, scope, { unit: scope.time, what: 'the time of a visit', hint: timeHint(scope) }); // biome-ignore format: one call
    if (time === null) return null;
    const before = times.at(-1);
    if (before !== undefined && defaultValue(time, scope) <= defaultValue(before, scope)) {
      report.error(syntax.span, 'this visit is not after the one before', 'write the times in order');
      return null;
    }
    times.push(time);
  }
  const [start = number(0)] = times;
  return {
    schedule: { start, interval: number(0), count: number(times.length) },
    next: untilFollowing(times),
    until: null,
  };
}

function untilOf(rule: RuleSyntax, scope: Scope): Expression | null {
  return rule.until === null
    ? null
    : quantityOf(rule.until, scope, { unit: scope.time, what: 'the end', hint: timeHint(scope) });
}

/** From each listed visit to the one after it; the halves between them tell which one it is. After the last: a time above 0. */
function untilFollowing(times: readonly Expression[]): Expression {
  const t = symbol('t');
  const listed = (k: number): Expression => times[k] ?? number(0);
  const last = times.length - 1;
  let next: Expression = call('sub', listed(last), listed(last - 1));
  for (let k = last; k > 0; k--) {
    const halfWay = call('mul', number(0.5), call('add', listed(k - 1), listed(k)));
    next = call('if', call('lt', t, halfWay), call('sub', listed(k), t), next);
  }
  return next;
}

/** Time to the next visit where it is not always the same; null where it is, undefined when something is wrong. */
function nextVisit(
  rule: RuleSyntax,
  branches: readonly (Branch & { readonly next: Expression | null })[],
  { schedule, next }: Visits,
  scope: Scope,
): Expression | null | undefined {
  const { report } = scope;
  if (branches.every((b) => b.next === null)) return next;
  const confirmed = branches.findIndex((b) => b.confirmed > 1);
  if (confirmed >= 0) {
    report.error(
      rule.branches[confirmed]?.span ?? rule.span,
      'confirmed is not supported in a rule that says when the next visit is',
      'count with a memory of your own, or let the visits come at equal intervals',
    );
    return undefined;
  }
  if (rule.at.length > 1) {
    report.error(
      rule.nameSpan,
      'visits are listed or decided at each, not both',
      'write from 0 d every 7 d: what comes after every holds where nothing else is said',
    );
    return undefined;
  }
  const last = branches.at(-1);
  const complete = last?.condition.kind === 'number' && branches.every((b) => b.next !== null);
  if (rule.every === null && !complete) {
    report.error(
      rule.nameSpan,
      'not every branch says when the next visit is',
      'write from 0 d every 7 d: what comes after every holds where nothing else is said',
    );
    return undefined;
  }
  const otherwise = next ?? schedule.interval;
  let result = complete ? (last.next ?? otherwise) : otherwise;
  for (const branch of [...branches].reverse()) {
    const then = branch.next ?? otherwise;
    if (branch.condition.kind === 'number') result = then;
    else result = call('if', branch.condition, then, result);
  }
  return result;
}
