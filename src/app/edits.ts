// What a person can change, as values, and how each changes the study. In: a study, an edit. Out: a new study.
// Pure: undo is keeping the study before. What equals the model's own value is removed, so links stay short.

import { isTherapyText } from '../language/therapy-words.ts';
import {
  type Arm,
  type Cohort,
  DATA_THERAPY,
  type DataFile,
  DEFAULT_PATIENTS,
  DEFAULT_SEED,
  MOST_ARMS,
  type Split,
  type Study,
  type WeightTarget,
} from '../study/study.ts';
import type { ModelView } from './client.ts';
import { renamedVersus, stillCompared, withBetter, withSubgroups, withVersus } from './comparing.ts';
import { renamedWeights, stillWeighted, withWeights } from './weights.ts';

export type CovariateSetting = number | Readonly<Record<string, number>>;

export type Edit =
  | { readonly kind: 'parameter'; readonly name: string; readonly value: number | null }
  | { readonly kind: 'covariate'; readonly name: string; readonly value: CovariateSetting | null }
  | { readonly kind: 'patients'; readonly value: number }
  | { readonly kind: 'seed'; readonly value: string }
  | { readonly kind: 'typical'; readonly value: boolean }
  /** Who takes part; null: everybody. */
  | { readonly kind: 'filter'; readonly value: string | null }
  /** Simulated studies that share the patients; 1 is none. */
  | { readonly kind: 'studies'; readonly value: number }
  | { readonly kind: 'weights'; readonly value: readonly WeightTarget[] }
  /** Patients of each row of the table; null: rows are shared out. */
  | { readonly kind: 'clouds'; readonly value: number | null; readonly rows: number | null }
  /** null: the model's own patients again. */
  | { readonly kind: 'table'; readonly name: string | null }
  /** Patients from a file of doses and observations, as many as its subjects, until its last line. */
  | { readonly kind: 'data'; readonly data: DataFile; readonly subjects: number; readonly until: number }
  | { readonly kind: 'arm added' }
  | { readonly kind: 'arm removed'; readonly index: number }
  | { readonly kind: 'arm renamed'; readonly index: number; readonly name: string }
  | { readonly kind: 'arm therapy'; readonly index: number; readonly therapy: string | null }
  | {
      readonly kind: 'arm parameter';
      readonly index: number;
      readonly name: string;
      readonly value: number | null;
    }
  /** The arm that the others are compared with. */
  | { readonly kind: 'versus'; readonly arm: string }
  /** Which way is good for the patient; null: not said. */
  | { readonly kind: 'better'; readonly endpoint: string; readonly value: 'higher' | 'lower' | null }
  | { readonly kind: 'subgroups'; readonly splits: readonly Split[] }
  | { readonly kind: 'until'; readonly value: string }
  | { readonly kind: 'every'; readonly value: string }
  | { readonly kind: 'text'; readonly text: string };

/** The cohort sizes that the slider reaches; the box takes any whole number in between. */
export const PATIENT_RANGE = { low: 100, high: 1_000_000 } as const;

/** Arms in the first picture: a comparison that can be read; the model's other therapies are one click away. */
const OPENING_ARMS = 2;

/** The study that a model opens with: its first two therapies, or one arm without any. */
export function openingStudy(model: ModelView, reference: Study['model']): Study {
  const cohort = { patients: DEFAULT_PATIENTS, seed: DEFAULT_SEED };
  return { gemello: 1, model: reference, cohort, arms: everyTherapy(model).slice(0, OPENING_ARMS) };
}

/** What a study without arms means: each therapy is an arm, or one arm without any. */
const everyTherapy = (model: ModelView): readonly Arm[] =>
  model.therapies.length === 0
    ? [{ name: 'untreated' }]
    : model.therapies.slice(0, MOST_ARMS).map(({ name }) => ({ name, therapy: name }));

/** A study from elsewhere may leave its arms to the model; the page shows and edits them one by one. */
export function withArms(study: Study, model: ModelView): Study {
  return study.arms && study.arms.length > 0 ? study : { ...study, arms: everyTherapy(model) };
}

export function applyEdit(study: Study, edit: Edit, model: ModelView): Study {
  switch (edit.kind) {
    case 'parameter': {
      const own = model.parameters.find(({ name }) => name === edit.name)?.value;
      return withSet(study, withEntry(study.set, edit.name, edit.value === own ? null : edit.value));
    }
    case 'covariate':
      return withCohort(study, { set: withEntry(study.cohort?.set, edit.name, edit.value) });
    case 'patients':
      return withCohort(study, { patients: sharedOut(edit.value, study.cohort?.studies ?? 1) });
    case 'filter':
      return withCohort(study, { filter: edit.value?.trim() || undefined });
    case 'studies': {
      const several = edit.value > 1 ? { patients: sharedOut(patientsOf(study), edit.value) } : {};
      return withCohort(study, { studies: edit.value > 1 ? edit.value : undefined, ...several });
    }
    case 'weights':
      return withWeights(study, edit.value);
    case 'clouds':
      // As many patients as that is; nobody fills the rest of a number that was chosen before.
      return withCohort(study, {
        clouds: edit.value ?? undefined,
        ...(edit.rows !== null && { patients: edit.rows * (edit.value ?? 1) }),
      });
    case 'seed':
      return withCohort(study, { seed: edit.value });
    case 'typical':
      return withCohort(study, { typical: edit.value ? true : undefined });
    case 'table':
      if (edit.name === null) return still(withoutFile(study, model), model);
      return withCohort(withoutFile(study, model), { table: edit.name, set: constants(study.cohort?.set) });
    case 'data': {
      const set = constants(study.cohort?.set);
      // Real patients are taken as they are.
      const none = {
        table: undefined,
        typical: undefined,
        filter: undefined,
        clouds: undefined,
        studies: undefined,
      };
      const cohort = { data: edit.data, patients: edit.subjects, set, ...none };
      const ends = `${Number(edit.until.toPrecision(12))} ${model.time}`;
      const arm = { name: DATA_THERAPY, therapy: DATA_THERAPY };
      const time = edit.until > 0 ? { time: { ...study.time, until: ends } } : {};
      return still({ ...withCohort(study, cohort), arms: [arm], ...time }, model);
    }
    case 'arm added':
      return { ...study, arms: [...arms(study), newArm(study, model)] };
    case 'arm removed':
      return still({ ...study, arms: arms(study).filter((_, index) => index !== edit.index) }, model);
    case 'arm renamed': {
      const renamed = withArm(study, edit.index, (arm) => ({ ...arm, name: edit.name }));
      const before = arms(study)[edit.index]?.name;
      return renamedWeights(renamedVersus(renamed, before, edit.name), before, edit.name);
    }
    case 'arm therapy':
      return withArm(study, edit.index, ({ therapy: _, ...arm }) =>
        edit.therapy === null ? arm : { ...arm, therapy: edit.therapy },
      );
    case 'arm parameter':
      return withArm(study, edit.index, ({ set, ...arm }) => {
        const next = withEntry(set, edit.name, edit.value);
        return next === undefined ? arm : { ...arm, set: next };
      });
    case 'versus':
      return withVersus(study, edit.arm);
    case 'better':
      return withBetter(study, edit.endpoint, edit.value);
    case 'subgroups':
      return withSubgroups(study, edit.splits);
    case 'until':
      return { ...study, time: { ...study.time, until: edit.value } };
    case 'every':
      return { ...study, time: { ...study.time, every: edit.value } };
    case 'text':
      return { ...study, model: { text: edit.text } };
    default:
      return edit satisfies never;
  }
}

/** Without what arms, endpoints or covariates that are gone would refuse. */
const still = (study: Study, model: ModelView): Study => stillWeighted(stillCompared(study, model), model);

/** Settings of names that an edited model no longer has would refuse every run; they go with the names. */
export function withoutUnknown(study: Study, model: ModelView): Study {
  const parameters = new Set(model.parameters.map(({ name }) => name));
  const covariates = new Set(model.covariates.map(({ name }) => name));
  const compared = still(study, model);
  const kept = withCohort(withSet(compared, keep(compared.set, parameters)), {
    set: keep(compared.cohort?.set, covariates),
  });
  if (!kept.arms) return kept;
  return {
    ...kept,
    arms: kept.arms.map(({ set, ...arm }) => {
      const left = keep(set, parameters);
      return left === undefined ? arm : { ...arm, set: left };
    }),
  };
}

/** A study's patients; a typical one is alone. */
export function patientsOf({ cohort }: Study): number {
  return cohort?.typical ? 1 : (cohort?.patients ?? DEFAULT_PATIENTS);
}

/** As many of each study, at least two. */
const sharedOut = (patients: number, studies: number): number =>
  studies > 1 ? Math.max(2, Math.round(patients / studies)) * studies : patients;

/** The file that a study takes its patients from: a row a patient, or their doses and observations. */
export function fileOf({ cohort }: Study): string | undefined {
  return cohort?.table ?? cohort?.data?.file;
}

/** Arms that took their doses from the file take the model's first therapy. */
function withoutFile(study: Study, model: ModelView): Study {
  const left = withCohort(study, { table: undefined, data: undefined, clouds: undefined });
  if (!study.cohort?.data) return left;
  const kept = arms(study).filter(({ therapy }) => therapy !== DATA_THERAPY);
  return { ...left, arms: kept.length > 0 ? kept : everyTherapy(model).slice(0, OPENING_ARMS) };
}

export function arms(study: Study): readonly Arm[] {
  return study.arms ?? [];
}

/** Own lines (doses, changes, rules, events) rather than the name of one of the model's therapies. */
export function isDoseText(therapy: string | undefined): therapy is string {
  return therapy !== undefined && isTherapyText(therapy);
}

function newArm(study: Study, model: ModelView): Arm {
  const taken = new Set(arms(study).map(({ name }) => name));
  const free = model.therapies.find(({ name }) => !arms(study).some(({ therapy }) => therapy === name));
  const therapy = free?.name ?? model.therapies[0]?.name;
  let name = free?.name ?? `arm ${arms(study).length + 1}`;
  for (let n = 2; taken.has(name); n++) name = `${free?.name ?? 'arm'} ${n}`;
  return therapy === undefined ? { name } : { name, therapy };
}

function withArm(study: Study, index: number, change: (arm: Arm) => Arm): Study {
  return { ...study, arms: arms(study).map((arm, at) => (at === index ? change(arm) : arm)) };
}

function withEntry<T>(
  set: Readonly<Record<string, T>> | undefined,
  name: string,
  value: T | null,
): Readonly<Record<string, T>> | undefined {
  const others = Object.entries(set ?? {}).filter(([key]) => key !== name);
  const next = value === null ? others : [...others, [name, value] as const];
  return next.length === 0 ? undefined : Object.fromEntries(next);
}

function keep<T>(set: Readonly<Record<string, T>> | undefined, names: ReadonlySet<string>) {
  const left = Object.entries(set ?? {}).filter(([name]) => names.has(name));
  return left.length === 0 ? undefined : (Object.fromEntries(left) as Readonly<Record<string, T>>);
}

/** A table's column takes a distribution's place, but not that of a number that is the same for all. */
function constants(set: Cohort['set']): Cohort['set'] | undefined {
  const left = Object.entries(set ?? {}).filter(([, setting]) => typeof setting === 'number');
  return left.length === 0 ? undefined : Object.fromEntries(left);
}

function withSet({ set: _, ...study }: Study, set: Study['set'] | undefined): Study {
  return set === undefined ? study : { ...study, set };
}

/** `undefined` removes a field: exactOptionalPropertyTypes keeps it out of the document. */
function withCohort(study: Study, change: { [K in keyof Cohort]?: Cohort[K] | undefined }): Study {
  const merged = Object.entries({ ...study.cohort, ...change }).filter(([, value]) => value !== undefined);
  return { ...study, cohort: Object.fromEntries(merged) as Cohort };
}
