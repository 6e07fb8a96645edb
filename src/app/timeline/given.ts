// What one patient really got in one arm, in the page's words: doses, and what rules, events and changes did. In: a ledger
// (study/ledger.ts), the model, the arm's therapy and its text. Out: plain values; how often what is left out.
import type { Action, Branch, Model, Rule, Therapy } from '../../language/model.ts';
import type { PatientLedger } from '../../study/ledger.ts';

export interface GivenDose {
  /** Model time at which it went in. */
  readonly time: number;
  readonly into: string;
  /** After bioavailability, in the compartment's unit. */
  readonly amount: number;
  readonly unit: string;
  /** 0: at once. */
  readonly duration: number;
}

export interface Decision {
  readonly time: number;
  /** Label of the rule or event; empty for a change at a time, which is in the plan. */
  readonly name: string;
  /** What was read: measurements by name, in their outputs' units. */
  readonly readings: readonly Quantity[];
  /** What the branch that was taken does, as its author wrote it; null where none was. */
  readonly taken: string | null;
  /** What now has another value. */
  readonly sets: readonly Quantity[];
}

export interface Quantity {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
}

export interface ArmLedger {
  readonly doses: readonly GivenDose[];
  readonly decisions: readonly Decision[];
  /** Doses that were given after the last one listed. */
  readonly more: number;
}

/** More than this nobody reads; the curves have had all of them. */
export const MOST_GIVEN = 2000;

export interface LedgerOf {
  readonly model: Model;
  readonly therapy: Therapy | null;
  /** What the therapy's spans are of. */
  readonly text: string;
}

export function givenOf({ doses, decisions }: PatientLedger, of: LedgerOf): ArmLedger {
  const units = new Map(of.model.states.map(({ name, unit }) => [name, shownUnit(unit.text)]));
  return {
    doses: doses.slice(0, MOST_GIVEN).map(({ time, into, amount, duration }) => ({
      time,
      into,
      amount,
      unit: units.get(into) ?? '',
      duration,
    })),
    decisions: decisions.slice(0, MOST_GIVEN).flatMap((decision) => decisionOf(decision, of)),
    more: Math.max(0, doses.length - MOST_GIVEN),
  };
}

/** Nothing for what only serves others: flags, ends of infusions. */
function decisionOf(
  { time, name, values }: PatientLedger['decisions'][number],
  of: LedgerOf,
): readonly Decision[] {
  const rule = of.therapy?.rules?.find((one) => one.name === name);
  if (rule) return [visitOf(rule, time, values, of)];
  const [what = '', number = ''] = name.split(' ');
  const place = Number(number) - 1;
  const unnamed = { when: of.therapy?.events, event: of.model.events, change: undefined }[what];
  const event =
    [...(of.therapy?.events ?? []), ...of.model.events].find((one) => one.name === name) ?? unnamed?.[place];
  if (event) {
    const sets = setsOf(event.actions, values, of);
    return [{ time, name: event.label || event.name || name, readings: [], taken: null, sets }];
  }
  const change = what === 'change' ? of.therapy?.interventions?.[place] : undefined;
  return change
    ? [{ time, name: '', readings: [], taken: null, sets: setsOf(change.actions, values, of) }]
    : [];
}

function visitOf(rule: Rule, time: number, values: Readonly<Record<string, number>>, of: LedgerOf): Decision {
  const branch = rule.branches[(values.branch ?? 0) - 1];
  const readings = of.model.measurements.flatMap(({ name, output }): Quantity[] => {
    const value = values[name];
    const unit = of.model.outputs.find((one) => one.name === output)?.unit.text ?? '';
    return value === undefined ? [] : [{ name, value, unit: shownUnit(unit) }];
  });
  return {
    time,
    name: rule.label || rule.name,
    readings,
    taken: branch ? written(branch, of.text) : null,
    sets: branch ? setsOf(branch.actions, values, of) : [],
  };
}

/** What a branch does, without its condition. */
function written({ span }: Branch, text: string): string {
  const [, actions = ''] = /^[^:]*:\s*(.*)$/s.exec(text.slice(span.start, span.end)) ?? [];
  return actions.replace(/\s+/g, ' ').trim();
}

/** New values of what has a name: `hold` and `stop` keep theirs in memories that nobody has written. */
function setsOf(
  actions: readonly Action[],
  values: Readonly<Record<string, number>>,
  { model, therapy }: LedgerOf,
): readonly Quantity[] {
  const { memories, states, parameters, covariates } = model;
  const named = [...(therapy?.memories ?? []), ...memories, ...states, ...parameters, ...covariates];
  return actions.flatMap((action): Quantity[] => {
    if (action.kind !== 'set' || !/^\w+$/.test(action.name)) return [];
    const value = values[action.name];
    const found = named.find(({ name }) => name === action.name);
    if (value === undefined || !found) return [];
    return [{ name: found.label || found.name, value, unit: shownUnit(found.unit.text) }];
  });
}

const shownUnit = (text: string): string => (text === '1' ? '' : text);
