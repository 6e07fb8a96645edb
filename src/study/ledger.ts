// What was given and decided, in the model's words. In: a prepared study and the ledgers of some patients. Out: for each
// patient the doses he really got (after bioavailability, when they were given) and what every rule, event and change saw.
import type { RecordField } from '../codegen/records.ts';
import type { Individuals, LedgerEntry } from '../engine/backend.ts';
import { plainDoses } from './plain-doses.ts';
import type { Prepared } from './prepare.ts';

export interface GivenDose {
  /** Model time; when the dose gets in, so after its lag. */
  readonly time: number;
  readonly into: string;
  /** In the compartment's unit, after bioavailability. */
  readonly amount: number;
  /** Model time; 0: a bolus. */
  readonly duration: number;
  /** EVID 8 of a dosing file: the amount replaces what was there. */
  readonly replaces?: true;
}

export interface Decision {
  readonly time: number;
  /** The rule's, event's or line's name. */
  readonly name: string;
  /** What was looked at, by name. */
  readonly values: Readonly<Record<string, number>>;
}

export interface PatientLedger {
  readonly patient: number;
  readonly doses: readonly GivenDose[];
  readonly decisions: readonly Decision[];
}

/** By arm, then by patient in the order of `individuals`, which has to come with its ledgers. */
export function readLedgers(
  prepared: Pick<Prepared, 'lowered' | 'job' | 'courses'>,
  individuals: Individuals,
): readonly (readonly PatientLedger[])[] {
  const { lowered, job } = prepared;
  const { program } = lowered;
  const plain = plainDoses(program);
  const { patients } = individuals;
  const columns = patients.map((patient) => job.columns.read(patient, 1));
  return individuals.arms.map(({ ledger }, a) =>
    patients.map((patient, i): PatientLedger => {
      const arm = job.arms[a];
      const own = ledger?.[i] ?? [];
      const streams = arm ? plain(arm, columns[i] ?? [], job.horizon) : [];
      const doses = [
        ...streams.map(({ state, ...dose }) => ({ ...dose, into: program.states[state]?.name ?? '' })),
        ...own.flatMap((entry) => doseOf(prepared, entry)),
      ];
      // Sorting keeps the order of one instant: streams first, as they are given.
      return {
        patient,
        doses: doses.sort((x, y) => x.time - y.time),
        decisions: own.flatMap((entry) => decisionOf(prepared, entry)),
      };
    }),
  );
}

function doseOf(
  { lowered, courses }: Pick<Prepared, 'lowered' | 'courses'>,
  { time, happening, captured }: LedgerEntry,
): readonly GivenDose[] {
  const { program } = lowered;
  const dose = program.happenings[happening]?.dose;
  if (!dose) return [];
  const names = lowered.captured[happening] ?? [];
  const value = (name: string): number => captured[names.indexOf(name)] ?? 0;
  const amount = captured[dose.amount] ?? Number.NaN;
  const duration = captured[dose.duration] ?? 0;
  // A row without an amount: a reset, or a constant infusion that ended when the row began.
  const replaces = dose.state === null && value('replaces') > 0;
  if (amount === 0 && !replaces) return [];
  const into =
    dose.state === null
      ? courses?.plan.compartments[value('compartment' satisfies RecordField) - 1]
      : program.states[dose.state]?.name;
  return [{ time, into: into ?? '', amount, duration, ...(replaces && { replaces }) }];
}

function decisionOf(
  { lowered }: Pick<Prepared, 'lowered'>,
  { time, happening, captured }: LedgerEntry,
): readonly Decision[] {
  const found = lowered.program.happenings[happening];
  if (!found || found.dose || found.trigger.kind === 'follow' || found.name === 'covariates') return [];
  const names = lowered.captured[happening] ?? [];
  return [
    {
      time,
      name: found.name,
      values: Object.fromEntries(names.map((name, c) => [name, captured[c] ?? Number.NaN])),
    },
  ];
}
