// What each patient was given, as a prescription says it: nominal amounts (bioavailability not applied) at nominal times (lag
// taken off). In: a prepared study, an output, ledgers. Out: doses of the drug that the output measures, and whether they
// go into what is measured. Bioavailability and lag must be known before the run; else it is said what cannot be told.
import { compile } from '../language/evaluate.ts';
import { type Expression, number } from '../language/expression.ts';
import { symbolsOf } from '../language/fold.ts';
import type { Action, Model, Therapy } from '../language/model.ts';
import { conversion, sameDimension, type Unit } from '../language/units.ts';
import { patientDefinitions, settle, spelled, studyValues } from './formula.ts';
import type { PatientLedger } from './ledger.ts';
import type { Prepared } from './prepare.ts';

/** One dose of a patient. */
export interface NominalDose {
  /** Model time at which it was due. */
  readonly time: number;
  /** In `Given.unit`. */
  readonly amount: number;
  /** Model time; 0: a bolus. */
  readonly duration: number;
  /** It goes into a compartment that the output measures. */
  readonly direct: boolean;
}

export interface Given {
  /** Of all amounts. */
  readonly unit: Unit;
  /** Whether some dose of any arm can go into what is measured, or beside it. */
  readonly ways: { readonly direct: boolean; readonly absorbed: boolean };
  /** Ascending doses of the ledgers' patients in one arm; `columns` are theirs, [column][patient]. */
  doses(
    arm: number,
    ledgers: readonly PatientLedger[],
    columns: Float32Array,
  ): readonly (readonly NominalDose[])[];
}

/** `amounts`: whether they are wanted; else only times are told and need to be known. */
export function readGiven(
  { plan, courses }: Pick<Prepared, 'plan' | 'courses'>,
  output: string,
  amounts: boolean,
): Given | { readonly message: string } {
  const { model } = plan;
  const measured = statesOf(model, output);
  const into = (arm: number) =>
    dosed(model, plan.therapies[plan.arms[arm]?.therapy ?? -1], courses?.plan.compartments ?? []);
  const arms = plan.arms.map((_, a) => into(a));
  const wanted = relevant(
    model,
    measured,
    arms.flatMap((lines) => lines.map((line) => line.into)),
  );
  const units = model.states.filter(({ name }) => wanted.has(name)).map(({ unit }) => unit);
  const [unit] = units;
  if (!unit) return { message: `nothing is given that reaches ${output}; choose arms with doses` };
  const other = units.find((one) => !sameDimension(one, unit));
  if (other)
    return {
      message: `doses are in ${unit.text} and in ${other.text}, which cannot be added; choose arms of one drug`,
    };
  const readers = plan.arms.map((_, a) => {
    const lines = (arms[a] ?? []).filter((line) => wanted.has(line.into));
    return entriesOf(plan, a, lines, courses?.plan.covariates.map(({ name }) => name) ?? [], amounts);
  });
  for (const reader of readers) if ('message' in reader) return reader;
  const names = [...wanted];
  const factors = new Map(
    model.states.flatMap((s) => (wanted.has(s.name) ? [[s.name, conversion(s.unit, unit)]] : [])),
  );
  return {
    unit,
    ways: {
      direct: names.some((name) => measured.has(name)),
      absorbed: names.some((name) => !measured.has(name)),
    },
    doses(arm, ledgers, columns) {
      const reader = readers[arm];
      const count = ledgers.length;
      const width = columns.length / count;
      return ledgers.map(({ doses }, i) => {
        const own = Float64Array.from({ length: width }, (_, c) => columns[c * count + i] ?? Number.NaN);
        const entries = new Map<string, Entry>();
        return doses
          .flatMap((dose): NominalDose[] => {
            const factor = factors.get(dose.into);
            if (factor === undefined || dose.replaces || !reader || 'message' in reader) return [];
            const entry = entries.get(dose.into) ?? reader.entryOf(dose.into, own);
            entries.set(dose.into, entry);
            return [
              {
                time: dose.time - entry.lag,
                amount: (dose.amount / entry.share) * factor,
                duration: dose.duration,
                direct: measured.has(dose.into),
              },
            ];
          })
          .sort((a, b) => a.time - b.time);
      });
    },
  };
}

/** What stands between a prescription and the compartment. */
interface Entry {
  readonly share: number;
  readonly lag: number;
}

interface Line {
  readonly into: string;
  readonly share: Expression;
  readonly lag: Expression;
}

const [NONE, ALL] = [number(0), number(1)];

/** Every way in which an arm's therapy, its file or the model itself gives doses. */
function dosed(model: Model, therapy: Therapy | undefined, file: readonly string[]): readonly Line[] {
  const { doses = [], interventions = [], rules = [], events = [] } = therapy ?? {};
  const actions: readonly Action[] = [
    ...interventions.flatMap((one) => one.actions),
    ...rules.flatMap(({ branches }) => branches.flatMap((branch) => branch.actions)),
    ...[...events, ...model.events].flatMap((one) => one.actions),
  ];
  const said = [
    ...doses,
    ...actions.filter((action) => action.kind === 'dose'),
    ...file.map((into): Partial<Line> & { into: string } => ({ into })),
  ];
  return said.map((dose) => {
    const entry = model.states.find(({ name }) => name === dose.into)?.entry;
    const share = 'bioavailability' in dose ? dose.bioavailability : undefined;
    return {
      into: dose.into,
      share: share ?? entry?.bioavailability ?? ALL,
      lag: dose.lag ?? entry?.lag ?? NONE,
    };
  });
}

/** States that an output is made of, through definitions and other outputs. */
function statesOf(model: Model, output: string): Set<string> {
  const states = new Set(model.states.map(({ name }) => name));
  const made = new Map([...model.definitions, ...model.outputs].map((one) => [one.name, one.expression]));
  const found = new Set<string>();
  const seen = new Set<string>();
  const follow = (name: string) => {
    if (seen.has(name)) return;
    seen.add(name);
    if (states.has(name)) found.add(name);
    const expression = made.get(name);
    if (expression) for (const symbol of symbolsOf(expression)) follow(symbol);
  };
  follow(output);
  return found;
}

/** Of the dosed compartments those from which the drug flows into what is measured; all, where none does. */
function relevant(model: Model, measured: ReadonlySet<string>, into: readonly string[]): Set<string> {
  const reach = new Set(measured);
  for (let before = -1; before < reach.size; ) {
    before = reach.size;
    for (const { from, to } of model.flows)
      if (from !== null && to !== null && reach.has(to)) reach.add(from);
  }
  const reaching = into.filter((name) => reach.has(name));
  return new Set(reaching.length > 0 ? reaching : into);
}

/** Bioavailability and lag by compartment, for a patient's columns. */
function entriesOf(
  { model, arms, therapies }: Prepared['plan'],
  arm: number,
  lines: readonly Line[],
  inTime: readonly string[],
  amounts: boolean,
): { entryOf(into: string, columns: Float64Array): Entry } | { readonly message: string } {
  const changing = new Set([
    ...inTime,
    ...therapies.flatMap(namesSet),
    ...model.random.flatMap((block) => (block.level === 'occasion' ? block.names : [])),
  ]);
  const known = studyValues(model, arms[arm]?.parameters);
  for (const { name, stage, expression } of model.definitions)
    if (stage === 'study' && [...symbolsOf(expression)].some((used) => changing.has(used)))
      changing.add(name);
  for (const name of changing) known.delete(name);
  const inlined = patientDefinitions(model, known);
  const columns = [...model.covariates.map(({ name }) => name), ...model.random.flatMap((b) => b.names)];
  const usable = new Set(columns.filter((name) => !changing.has(name)));
  const readers = new Map<string, { share: Reader; lag: Reader }>();
  for (const into of new Set(lines.map((line) => line.into))) {
    const own = lines.filter((line) => line.into === into);
    const one = (what: 'share' | 'lag'): Reader | null => {
      const settled = own.map((line) => settle(line[what], known, inlined));
      const [first] = settled;
      if (!first || settled.some((e) => spelled(e) !== spelled(first))) return null;
      if ([...symbolsOf(first)].some((name) => !usable.has(name))) return null;
      return compile(first, columns);
    };
    const [share, lag] = [amounts ? one('share') : () => 1, one('lag')];
    if (!share)
      return {
        message: `the bioavailability into ${into} changes during the run or from dose to dose, so what was prescribed cannot be told from what got in; give the dose`,
      };
    if (!lag)
      return {
        message: `the lag into ${into} changes during the run or from dose to dose, so the time of a dose cannot be told; give ${into} one lag`,
      };
    readers.set(into, { share, lag });
  }
  return {
    entryOf(into, own) {
      const reader = readers.get(into);
      return { share: reader?.share(own) ?? 1, lag: reader?.lag(own) ?? 0 };
    },
  };
}

type Reader = (columns: Float64Array) => number;

/** Parameters and covariates that something sets during the run. */
function namesSet({ interventions = [], rules = [], events = [] }: Therapy): string[] {
  const actions = [
    ...interventions.flatMap((one) => one.actions),
    ...rules.flatMap(({ branches }) => branches.flatMap((branch) => branch.actions)),
    ...events.flatMap((one) => one.actions),
  ];
  return actions.flatMap((action) => (action.kind === 'set' ? [action.name] : []));
}
