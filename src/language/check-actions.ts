// What is done at an instant. In: actions as written and where they stand. Out: actions of the Model: increase, decrease
// and bounds become the value that is set; hold, stop and resume set a memory of the therapy that its dose lines look at.
import { checkDoseNow } from './check-dose.ts';
import { checkCondition, checkInOwnUnit, checkInUnit } from './check-expression.ts';
import { quantityOf, timeHint } from './check-schedule.ts';
import type { Span } from './diagnostic.ts';
import { call, type Expression, number, symbol } from './expression.ts';
import type { Action } from './model.ts';
import type { Quantity, QuantityKind, Scope } from './names.ts';
import { defaultValue } from './stage.ts';
import type { RangeSyntax, Syntax, Word } from './syntax.ts';
import type { ActionSyntax } from './syntax-therapy.ts';
import { flag, type Reading, reading } from './typed.ts';

/** Later than any run lasts, and a number that an f32 holds. */
const NEVER = 1e30;

/** Where actions stand. */
export interface Setting {
  readonly scope: Scope;
  /** 'rule': readings and `next visit` are known. */
  readonly place: 'rule' | 'event' | 'change';
  /** Null outside a therapy. */
  readonly therapy: Pausing | null;
}

/** The doses of a therapy, which can be held. */
export interface Pausing {
  /** Name of the memory that says until when; no text can spell it. */
  readonly memory: string;
  readonly dosed: boolean;
  /** Something holds them. */
  held: boolean;
}

export interface Done {
  readonly actions: readonly Action[];
  /** Time to the next visit. */
  readonly next: Expression | null;
}

/** Null when something is wrong, which has been reported. */
export function checkActions(written: readonly ActionSyntax[], setting: Setting): Done | null {
  const { scope, place } = setting;
  const actions: Action[] = [];
  const set = new Map<string, Span>();
  let next: Expression | null = null;
  let whole = true;
  for (const a of written) {
    if (a.kind === 'next') {
      if (place !== 'rule')
        scope.report.error(a.span, 'next visit stands outside a rule', 'only rules have visits');
      else if (next !== null)
        scope.report.error(a.span, 'the next visit is given twice', 'remove one of them');
      next = quantityOf(a.time, scope, {
        unit: scope.time,
        what: 'the time to the next visit',
        hint: timeHint(scope),
        stage: 'step',
        positive: true,
        at: fresh(setting),
      });
      whole &&= next !== null;
      continue;
    }
    const action = checkAction(a, setting);
    if (action === null) {
      whole = false;
      continue;
    }
    if (action.kind === 'set') {
      const again = set.has(action.name);
      if (again)
        scope.report.error(
          a.span,
          'name' in a
            ? `${action.name} is set twice at one instant`
            : 'of hold, stop and resume only one can happen at an instant',
          'all values are those of before: write one set with the whole change',
        );
      whole &&= !again;
      set.set(action.name, a.span);
    }
    actions.push(action);
  }
  return whole ? { actions, next } : null;
}

const fresh = ({ scope, place }: Setting): Reading => reading(scope, false, null, place === 'rule');

function checkAction(a: Exclude<ActionSyntax, { readonly kind: 'next' }>, setting: Setting): Action | null {
  const { scope, therapy } = setting;
  switch (a.kind) {
    case 'set':
      return checkSet(a, setting);
    case 'change':
      return checkChange(a, setting);
    case 'dose':
      return checkDoseNow(a.dose, scope, () => fresh(setting));
    case 'reset':
      return { kind: 'reset', span: a.span };
    case 'hold':
    case 'stop':
    case 'resume': {
      if (therapy === null || !therapy.dosed) {
        scope.report.error(
          a.span,
          therapy === null
            ? `${a.kind} belongs to a therapy, whose doses it is about`
            : `there is nothing to ${a.kind}: the therapy has no dose lines`,
          therapy === null ? 'move the line into a therapy' : 'write dose 5 [mg] into central every 24 h',
        );
        return null;
      }
      therapy.held = true;
      let until: Expression = number(a.kind === 'stop' ? NEVER : 0);
      if (a.kind === 'hold') {
        const time = quantityOf(a.time, scope, {
          unit: scope.time,
          what: 'the time to hold for',
          hint: timeHint(scope),
          stage: 'step',
          positive: true,
          at: fresh(setting),
        });
        if (time === null) return null;
        until = call('add', symbol('t'), time);
      }
      return { kind: 'set', name: therapy.memory, value: until, span: a.span };
    }
    default:
      return a satisfies never;
  }
}

function checkSet(a: Extract<ActionSyntax, { readonly kind: 'set' }>, setting: Setting): Action | null {
  const { scope } = setting;
  const target = settable(a.name, setting);
  if (target === null || (target.unit === null && target.type === 'number')) {
    if (target !== null) checkInUnit(a.value, fresh(setting), null, a.name.name);
    return null;
  }
  const { name } = target;
  let value: Expression | null;
  if (target.type === 'number') {
    if (a.value.kind === 'name' && a.value.name === name) {
      scope.report.error(a.value.span, `setting ${name} to itself changes nothing`, 'remove it');
      return null;
    }
    value = checkInUnit(a.value, fresh(setting), target.unit, name);
    value = value === null ? null : bounded(value, target, a.within, null, setting);
    if (value !== null && target.kind === 'compartment' && defaultValue(value, scope) < 0) {
      scope.report.error(a.value.span, `${name} becomes ${defaultValue(value, scope)}`, 'amounts cannot be negative'); // biome-ignore format: one call
      return null;
    }
  } else {
    const answer = a.value.kind === 'name' ? target.categories.indexOf(a.value.name) : -1;
    if (answer >= 0) value = number(answer);
    else if (target.type === 'condition') {
      const condition = checkCondition(a.value, fresh(setting));
      value = condition === null ? null : flag(condition);
    } else {
      scope.report.error(
        a.value.span,
        `${name} is one of ${target.categories.join(', ')}`,
        a.value.kind === 'name' ? scope.suggest(a.value.name, target.categories) : undefined,
      );
      value = null;
    }
    if (value !== null && a.within !== null) {
      scope.report.error(a.within.span, `${name} is no number and has no bounds`, 'remove within');
      return null;
    }
  }
  return value === null ? null : { kind: 'set', name, value, span: a.span };
}

function checkChange(a: Extract<ActionSyntax, { readonly kind: 'change' }>, setting: Setting): Action | null {
  const { scope } = setting;
  const target = settable(a.name, setting);
  if (target === null || target.unit === null) return null;
  if (target.type !== 'number') {
    scope.report.error(a.name.span, `${target.name} is no number and cannot be changed by an amount`, `write set ${target.name} = ${target.categories[0] ?? 'yes'}`); // biome-ignore format: one call
    return null;
  }
  const now = symbol(target.name);
  const what = `what ${target.name} is ${a.up ? 'increased' : 'decreased'} by`;
  if (a.by.kind === 'number' && a.by.percent) {
    const share = a.by.value;
    if (share > 0 && (a.up || share < 1))
      return settled(call('mul', now, number(a.up ? 1 + share : 1 - share)), a, target, setting);
    scope.report.error(
      a.by.span,
      share > 0 ? `a decrease by ${share * 100} % leaves nothing` : `${what} is 0 %`,
      share > 0 ? `write set ${target.name} = 0` : 'it is above 0',
    );
    return null;
  }
  const by = quantityOf(a.by, scope, {
    unit: target.unit,
    what,
    stage: 'step',
    positive: true,
    at: fresh(setting),
    hint: `write 10 % or 1${target.unit.atoms.length === 0 ? '' : ` [${target.unit.text}]`}`,
  });
  return by === null ? null : settled(call(a.up ? 'add' : 'sub', now, by), a, target, setting);
}

function settled(
  value: Expression,
  a: Extract<ActionSyntax, { readonly kind: 'change' }>,
  target: Quantity,
  setting: Setting,
): Action | null {
  const end = a.bound === null ? null : ([a.up ? 'min' : 'max', a.bound] as const);
  const result = bounded(value, target, a.within, end, setting);
  return result === null ? null : { kind: 'set', name: target.name, value: result, span: a.span };
}

/** `within A .. B`, and `at most` or `at least`; bare numbers are in the unit of what is set. */
function bounded(
  value: Expression,
  { name, unit }: Quantity,
  within: RangeSyntax | null,
  end: readonly ['min' | 'max', Syntax] | null,
  setting: Setting,
): Expression | null {
  const { scope } = setting;
  const bound = (syntax: Syntax) => checkInOwnUnit(syntax, fresh(setting), unit, `the bound of ${name}`);
  let result = value;
  if (end !== null) {
    const e = bound(end[1]);
    if (e === null) return null;
    result = call(end[0], result, e);
  }
  if (within === null) return result;
  const [low, high] = [bound(within.low), bound(within.high)];
  if (low === null || high === null) return null;
  if (defaultValue(low, scope) > defaultValue(high, scope)) {
    scope.report.error(within.span, `the bounds of ${name} leave nothing between them`, 'write the smaller bound first'); // biome-ignore format: one call
    return null;
  }
  return call('max', low, call('min', high, result));
}

const EVERYWHERE: readonly QuantityKind[] = ['memory', 'compartment', 'state'];
const IN_THERAPIES: readonly QuantityKind[] = [...EVERYWHERE, 'parameter', 'covariate'];

/** The quantity that a name stands for, if it can be set here; otherwise why not, and what can be set in its place. */
function settable(word: Word, { scope, therapy }: Setting): Quantity | null {
  const kinds = therapy === null ? EVERYWHERE : IN_THERAPIES;
  const fits = (q: Quantity): boolean => kinds.includes(q.kind) && scope.sees(q);
  const quantity = scope.quantities.get(word.name);
  if (quantity !== undefined && fits(quantity)) return quantity;
  const known = [...scope.quantities.values()].filter(fits).map((q) => q.name);
  const { report } = scope;
  const fail = (message: string, hint?: string) => report.error(word.span, message, hint);
  if (quantity === undefined) {
    if (scope.measurements.has(word.name))
      fail(`${word.name} is a measurement and cannot be set`, 'set what it measures');
    else
      fail(
        `unknown name ${word.name}`,
        scope.suggest(word.name, known) ?? `write memory ${word.name} : UNIT = VALUE`,
      );
    return null;
  }
  const { name, kind } = quantity;
  if (!scope.sees(quantity))
    fail(
      `${name} is a memory of the therapy ${quantity.owner}, and is not seen elsewhere`,
      `to use it everywhere, write memory ${name} in column 1`,
    );
  else if (kind === 'definition' || kind === 'output') {
    const part = partOf(name, scope, fits);
    fail(
      `${name} is computed and cannot be set`,
      part === null ? `make it a memory: memory ${name} : UNIT = VALUE` : `set ${part} instead`,
    );
  } else if (kind === 'parameter' || kind === 'covariate')
    fail(
      `${name} is a ${kind}, and changes only within a therapy`,
      'move the line into a therapy, or use a memory',
    );
  else if (kind === 'random effect')
    fail(`${name} is drawn once a patient and cannot be set`, 'set a memory that is multiplied to it');
  else if (kind === 'time') fail('the time cannot be set');
  else fail(`${name} is ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind} and cannot be set`);
  return null;
}

/** What a computed name is made of, nearest first, that can be set; parameters before others. */
function partOf(name: string, scope: Scope, fits: (q: Quantity) => boolean): string | null {
  const seen = new Set([name]);
  let other: string | null = null;
  for (const at of seen) {
    for (const part of scope.parts.get(at) ?? []) {
      const quantity = scope.quantities.get(part);
      if (quantity === undefined) continue;
      if (quantity.kind === 'parameter' && fits(quantity)) return part;
      if (fits(quantity)) other ??= part;
      if (seen.size < 1000) seen.add(part);
    }
  }
  return other;
}
