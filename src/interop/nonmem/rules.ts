// What a record with an EVID must and must not have: NONMEM's rules for AMT, RATE, ADDL, II and SS, held strictly. In:
// the numbers of one line, zero where missing. Out: nothing where they agree, else problems with their remedies.
import type { Problems } from './problems.ts';

export interface DoseItems {
  readonly row: number;
  readonly evid: number;
  readonly amt: number;
  readonly rate: number;
  readonly dur: number;
  readonly addl: number;
  readonly ii: number;
  readonly ss: number;
}

/** Says what is wrong with the value of a role on this line. */
type Say = (role: keyof DoseItems, message: string, remedy: string) => void;

export function checkDoseItems(
  given: DoseItems,
  names: Partial<Record<string, string>>,
  problems: Problems,
): void {
  const say: Say = (role, message, remedy) =>
    problems.add(given.row, names[role] ?? role.toUpperCase(), `${given[role]}`, message, remedy);
  const { evid } = given;
  if (evid === 0 || evid === 2 || evid === 3) noDose(given, say);
  else if (evid === 8) replacement(given, say);
  else {
    amountAndRate(given, say);
    repetition(given, say);
  }
}

function noDose(given: DoseItems, say: Say): void {
  const { evid } = given;
  const remedy = `write 0 or . here${evid === 3 ? ', or EVID 4 for a reset with a dose' : ', or EVID 1 for a dose'}`;
  for (const role of ['amt', 'rate', 'dur', 'addl', 'ii', 'ss'] as const)
    if (given[role] !== 0)
      say(role, `EVID ${evid} is no dose, but ${role.toUpperCase()} is ${given[role]}`, remedy);
}

function replacement(given: DoseItems, say: Say): void {
  if (given.amt < 0)
    say('amt', `the amount ${given.amt} is negative`, 'EVID 8 sets the amount to AMT, at least 0');
  for (const role of ['rate', 'dur', 'addl', 'ii', 'ss'] as const)
    if (given[role] !== 0)
      say(
        role,
        `EVID 8 replaces an amount at once, but ${role.toUpperCase()} is ${given[role]}`,
        'write 0 or . here',
      );
}

function amountAndRate({ amt, rate, dur, ss, ii }: DoseItems, say: Say): void {
  if (amt < 0) say('amt', `the amount ${amt} is negative`, 'amounts of doses are above 0');
  if (rate < 0 && rate !== -1 && rate !== -2)
    say(
      'rate',
      `the rate ${rate} is negative`,
      'RATE is 0, above 0, -1 (rate from the model) or -2 (duration from the model)',
    );
  if (dur < 0) say('dur', `the duration ${dur} is negative`, 'durations are above 0, or 0 for a bolus');
  if (dur > 0 && rate < 0)
    say('dur', `RATE ${rate} leaves it to the model, but the duration is ${dur}`, 'keep one of them');
  if (dur > 0 && rate > 0 && Math.abs(rate * dur - amt) > 1e-3 * amt)
    say(
      'dur',
      `RATE ${rate} over ${dur} gives ${rate * dur}, but AMT is ${amt}`,
      'AMT is RATE times duration; keep one of the two',
    );
  if (amt !== 0) return;
  const constant = ss !== 0 && (rate > 0 || rate === -1);
  if (!constant)
    say('amt', 'the dose has no amount', 'AMT is above 0, or 0 with SS 1 and a RATE for a constant infusion');
  else if (ii !== 0)
    say(
      'ii',
      `a constant infusion (AMT 0) has no interval, but II is ${ii}`,
      'write II 0, or the AMT of one infusion',
    );
}

function repetition({ amt, addl, ii, ss }: DoseItems, say: Say): void {
  if (ii < 0) say('ii', `the interval ${ii} is negative`, 'intervals are above 0');
  if (addl < 0 || !Number.isInteger(addl))
    say('addl', `ADDL is ${addl}`, 'the number of additional doses is 0, 1, 2, ...');
  if (addl > 0 && amt === 0)
    say('addl', 'a constant infusion (AMT 0) has no additional doses', 'write ADDL 0');
  else if (addl > 0 && ii === 0)
    say('ii', `ADDL is ${addl}, but there is no interval`, 'give II, the time between the doses');
  if (ss > 0 && amt > 0 && ii === 0)
    say('ii', `SS is ${ss}, but there is no interval`, 'give II, the time between the doses');
  if (ii > 0 && addl === 0 && ss === 0 && amt > 0)
    say('ii', `II is ${ii}, but the dose is not repeated`, 'write ADDL or SS, or II 0');
}
