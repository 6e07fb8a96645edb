// Doses. In: one dose as written, as a line of a therapy or as an action. Out: a dose stream, or the dose of an action:
// amount in the compartment's unit, times in model time.
import { stateNamed } from './check-dynamics.ts';
import { checkCondition } from './check-expression.ts';
import { checkSchedule, quantityOf, timeHint } from './check-schedule.ts';
import { type Expression, number } from './expression.ts';
import type { Action, Adherence, DoseStream, Entry } from './model.ts';
import type { Scope } from './names.ts';
import { defaultValue } from './stage.ts';
import type { EntrySyntax, Syntax } from './syntax.ts';
import type { DoseSyntax } from './syntax-therapy.ts';
import { type Reading, reading } from './typed.ts';
import { DIMENSIONLESS, divide, type Unit } from './units.ts';

type NewReading = () => Reading;
type Given = Omit<Extract<Action, { readonly kind: 'dose' }>, 'kind'>;

/** What a dose is, without when it is given. */
function checkGiven(dose: DoseSyntax, scope: Scope, fresh: NewReading): Given | null {
  const target = stateNamed(dose.into, scope);
  if (target !== null) target.used = true;
  const unit = target?.unit ?? null;
  const step = (syntax: Syntax, of: Unit | null, what: string, positive = false, hint?: string) =>
    quantityOf(syntax, scope, { unit: of, what, stage: 'step', at: fresh(), positive, ...(hint === undefined ? {} : { hint }) }); // biome-ignore format: short
  const amount = step(dose.amount, unit, `a dose into ${dose.into.name}`);
  const entry = checkEntryParts(
    { bioavailability: dose.bioavailability, lag: dose.lag, duration: dose.over, rate: dose.rate },
    unit,
    scope,
    fresh,
  );
  if (dose.over !== null && dose.rate !== null) {
    scope.report.error(
      dose.rate.span,
      'a dose is infused over a time or at a rate, not both',
      'remove one of them',
    );
    return null;
  }
  if (target === null || amount === null || entry === null) return null;
  const { duration = number(0), ...others } = entry;
  return { into: dose.into.name, amount, duration, ...others, span: dose.span };
}

/** Bioavailability, lag, duration and rate as written for a compartment or a dose; only those that are given. */
export function checkEntryParts(
  entry: EntrySyntax,
  unit: Unit | null,
  scope: Scope,
  fresh: NewReading,
): Entry | null {
  const { time } = scope;
  const perTime = unit === null || time === null ? null : divide(unit, time);
  const rateHint = perTime === null ? undefined : `write at 10 [${perTime.text}]`;
  const kinds = [
    ['bioavailability', DIMENSIONLESS, 'the bioavailability', 'write bioavailability 80 %', false],
    ['lag', time, 'the lag', timeHint(scope), false],
    ['duration', time, 'the duration', timeHint(scope), false],
    ['rate', perTime, 'the rate of an infusion', rateHint, true],
  ] as const;
  const found: { -readonly [K in keyof Entry]: Expression } = {};
  let whole = true;
  for (const [kind, of, what, hint, positive] of kinds) {
    const syntax = entry[kind];
    if (syntax === null) continue;
    const value = quantityOf(syntax, scope, {
      unit: of,
      what,
      stage: 'step',
      at: fresh(),
      positive,
      ...(hint === undefined ? {} : { hint }),
    });
    if (value === null) whole = false;
    else found[kind] = value;
  }
  return whole ? found : null;
}

export function checkDose(dose: DoseSyntax, scope: Scope, order: number): DoseStream | null {
  const { report } = scope;
  const given = checkGiven(dose, scope, () => reading(scope));
  const schedule = checkSchedule(dose, scope, { line: 'a dose line', happenings: 'doses' });
  const condition = dose.while === null ? undefined : checkCondition(dose.while, reading(scope));
  const adherence = checkAdherence(dose, scope);
  const { occasionDoses } = scope;
  if (
    dose.late !== null &&
    occasionDoses !== null &&
    (occasionDoses.into ?? dose.into.name) === dose.into.name
  ) {
    report.error(
      dose.late.chance.span,
      'an occasion begins with each dose, and what a late dose is like is decided when it is due, before it is taken',
      'write occasions every 12 h, or leave out late',
    );
    return null;
  }
  if (dose.steady !== null && dose.every === null) {
    report.error(
      dose.steady,
      'a steady state needs an interval',
      'write every 12 h at steady state, or begin a constant infusion early enough',
    );
    return null;
  }
  if (given === null || schedule === null || condition === null || adherence === null) return null;
  const { into, amount, duration, span, ...others } = given;
  return {
    into,
    amount,
    ...schedule,
    duration,
    ...others,
    ...(condition === undefined ? {} : { while: condition }),
    ...(adherence === undefined ? {} : { adherence }),
    ...(dose.steady === null ? {} : { steady: true }),
    order,
    span,
  };
}

/** Undefined where nothing is said of it. */
function checkAdherence(dose: DoseSyntax, scope: Scope): Adherence | undefined | null {
  const { taken, afterMissed, late, doubled } = dose;
  if (taken === null && late === null && doubled === null) return undefined;
  const share = (syntax: Syntax | null, what: string): Expression | null =>
    syntax === null
      ? number(1)
      : quantityOf(syntax, scope, { unit: DIMENSIONLESS, what, most: 1, hint: 'write 90 %' });
  if (doubled !== null && taken === null) {
    scope.report.error(
      doubled.span,
      'no dose is missed, so none is doubled after a missed one',
      'write taken 90 % doubled 20 % after a missed one',
    );
    return null;
  }
  const found = {
    taken: share(taken, 'the share of doses taken'),
    takenAfterMissed: share(afterMissed, 'the share of doses taken after a missed one'),
    doubled: share(doubled, 'the share of doses doubled'),
    chance: share(late?.chance ?? null, 'the share of doses taken late'),
  };
  const by = (syntax: Syntax | undefined, what: string): Expression | null =>
    syntax === undefined
      ? number(0)
      : quantityOf(syntax, scope, { unit: scope.time, what, hint: timeHint(scope) });
  const from = by(late?.by.low, 'the shortest delay');
  const to = by(late?.by.high, 'the longest delay');
  if (from !== null && to !== null && defaultValue(from, scope) > defaultValue(to, scope)) {
    scope.report.error(
      late?.by.span ?? dose.span,
      'the longest delay is shorter than the shortest one',
      'write the smaller bound first',
    );
    return null;
  }
  const { taken: first, takenAfterMissed, doubled: twice, chance } = found;
  if (
    first === null ||
    takenAfterMissed === null ||
    twice === null ||
    chance === null ||
    from === null ||
    to === null
  )
    return null;
  return {
    taken: first,
    ...(afterMissed === null ? {} : { takenAfterMissed }),
    ...(doubled === null ? {} : { doubled: twice }),
    ...(late === null ? {} : { late: { chance, from, to } }),
  };
}

/** A dose of the instant at which a rule or an event acts. */
export function checkDoseNow(dose: DoseSyntax, scope: Scope, fresh: NewReading): Action | null {
  const words: readonly (readonly [string, { readonly span: Dose['span'] } | null])[] = [
    ['from', dose.from],
    ['every', dose.every],
    ['times', dose.times],
    ['until', dose.until],
    ['while', dose.while],
    ['taken', dose.taken],
    ['late', dose.late?.chance ?? null],
    ['doubled', dose.doubled],
    ['at steady state', dose.steady === null ? null : { span: dose.steady }],
  ];
  const [refused] = words.filter(([, given]) => given !== null);
  if (refused !== undefined) {
    scope.report.error(
      refused[1]?.span ?? dose.span,
      `${refused[0]} belongs to a dose line: this dose is given once, now`,
      `remove ${refused[0]}, or write a dose line with an amount that is set here`,
    );
    return null;
  }
  const given = checkGiven(dose, scope, fresh);
  return given === null ? null : { kind: 'dose', ...given };
}
type Dose = DoseSyntax;
