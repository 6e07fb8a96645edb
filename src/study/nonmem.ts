// Simulated patients as subjects of a NONMEM-style file. In: a prepared study, an engine, some patients. Out: subjects with
// what they were given as events and their outputs as observations; interop/nonmem/write.ts writes them. Amounts of
// ledgers are after bioavailability and lag: a model that has these is to be given 100 % and none for them.
import type { Happening, Program } from '../codegen/program.ts';
import type { Individuals } from '../engine/backend.ts';
import type { Engine } from '../engine/engine.ts';
import type { RecordCovariate, RecordEvent, RecordObservation, Subject } from '../interop/nonmem/records.ts';
import { withValues } from '../interop/nonmem/write.ts';
import type { Course, CourseObservation, Courses } from './courses.ts';
import { type GivenDose, readLedgers } from './ledger.ts';
import type { Prepared } from './prepare.ts';
import { DATA_THERAPY } from './study.ts';

export interface SimulatedSubjects {
  /** Patient by patient, then arm by arm; failed courses are left out. */
  readonly subjects: readonly Subject[];
  readonly failed: number;
}

/** A share of the run: how soon after an instant what happened at it is seen. */
export const JUST_AFTER = 2 ** -30;

/** Names of patients in every file: as in the dosing file, `7#2` where subject 7 is a patient for the second time. */
export function patientName(courses: Courses | null): (patient: number) => string | number {
  if (courses === null) return (patient) => patient;
  const { length } = courses.courses;
  return (patient) => {
    const id = courses.courses[patient % length]?.id ?? '';
    const round = Math.floor(patient / length);
    return round === 0 ? id : `${id}#${round + 1}`;
  };
}

/** What the file cannot say; empty where it says all. */
export function nonmemNotes({ plan, program, job }: Pick<Prepared, 'plan' | 'program' | 'job'>): string[] {
  const notes: string[] = [];
  const therapies = new Set(job.arms.map(({ therapy }) => therapy));
  const sets = ({ therapy, dose, reset, targets }: Happening) =>
    (therapy === -1 || therapies.has(therapy)) &&
    dose === null &&
    (reset !== null ||
      targets.some((target) => target.kind === 'state' && target.index < program.modelStates));
  if (program.happenings.some(sets))
    notes.push('what sets or resets compartments during the run is not in the file');
  if (plan.arms.length > 1)
    notes.push(
      `ID counts courses; ARM is ${plan.arms.map(({ name }, a) => `${a + 1} ${name}`).join(', ')}; PATIENT is who it is`,
    );
  if (program.outputs.length > 1)
    notes.push(`DVID is ${program.outputs.map(({ name }, o) => `${o + 1} ${name}`).join(', ')}`);
  for (const { name, categories } of plan.model.covariates)
    if (categories.length > 0)
      notes.push(`${name} is ${categories.map((word, k) => `${k} ${word}`).join(', ')}`);
  return notes;
}

export async function simulatedSubjects(
  prepared: Prepared,
  engine: Engine,
  patients: readonly number[],
): Promise<SimulatedSubjects> {
  const { plan, program, job, courses } = prepared;
  const seen = courses && observationTimes(courses, patients, plan.until);
  const times = seen ?? job.times;
  // What happens at the last instant is seen just after it.
  const horizon = seen ? plan.until * (1 + 2 * JUST_AFTER) : job.horizon;
  const ran = await engine.individuals(program, { ...job, times, horizon }, patients, { ledger: true });
  const ledgers = readLedgers(prepared, ran);
  const name = patientName(courses);
  const single = plan.arms.length === 1;
  const subjects: Subject[] = [];
  let failed = 0;
  patients.forEach((patient, i) => {
    const course = courses?.courses[patient % courses.courses.length];
    ran.arms.forEach((arm, a) => {
      if (arm.status[i] !== 0) {
        failed++;
        return;
      }
      const value = valuesOf(arm, program, times, patients.length, i);
      const planned = plan.arms[a];
      const marks = single ? [] : [mark('ARM', a + 1), mark('PATIENT', name(patient))];
      const id = single
        ? course
          ? `${name(patient)}`
          : `${patient + 1}`
        : `${patient * plan.arms.length + a + 1}`;
      const isData = course && plan.therapies[planned?.therapy ?? -1]?.name === DATA_THERAPY;
      const doses = ledgers[a]?.[i]?.doses ?? [];
      const made: Subject = course
        ? recorded(
            course,
            isData ? null : doses,
            plan.model.states.map((s) => s.name),
            value,
            plan.until,
          )
        : scheduled(doses, prepared, times, value);
      const covariates = course ? made.covariates : covariatesOf(prepared, patient);
      subjects.push({ ...made, id, covariates: [...marks, ...covariates] });
    });
  });
  return { subjects, failed };
}

type Value = (output: string, time: number) => number;

function valuesOf(
  { outputs }: Individuals['arms'][number],
  program: Program,
  times: Float64Array,
  patients: number,
  i: number,
): Value {
  const at = new Map(Array.from(times, (time, t) => [time, t]));
  const places = new Map(program.outputs.map(({ name }, o) => [name, o]));
  return (output, time) => {
    const [o, t] = [places.get(output), at.get(time)];
    if (o === undefined || t === undefined) return Number.NaN;
    return outputs[(o * times.length + t) * patients + i] ?? Number.NaN;
  };
}

/** When an observation sees the state: what stands before it in the file has happened. */
export const seenAt = ({ time, after }: CourseObservation, until: number): number =>
  after ? time + until * JUST_AFTER : time;

function observationTimes({ courses }: Courses, patients: readonly number[], until: number): Float64Array {
  const own = new Set(patients.map((patient) => patient % courses.length));
  const times = new Set<number>();
  for (const c of own)
    for (const observation of courses[c]?.observations ?? [])
      if (observation.time <= until) times.add(seenAt(observation, until));
  // A kernel wants one time at least.
  return Float64Array.from(times.size === 0 ? [until] : times).sort();
}

/** The subject as in the file, with values of the model; `doses` in the place of its own where the arm has others. */
function recorded(
  { subject, observations, clock }: Course,
  doses: readonly GivenDose[] | null,
  states: readonly string[],
  value: Value,
  until: number,
): Subject {
  const [own] = withValues([subject], (_, k) => {
    const observation = observations[k];
    return observation?.output == null ? Number.NaN : value(observation.output, seenAt(observation, until));
  });
  if (!own || doses === null) return own ?? subject;
  const entries = [
    ...own.observations.map((observation) => ({ time: clock(observation), observation })),
    ...doses.map((dose) => ({ time: dose.time, dose })),
  ];
  return {
    ...own,
    ...inOrder(entries, states),
    covariates: own.covariates.map((c) => ({ ...c, course: [] })),
  };
}

function scheduled(
  doses: readonly GivenDose[],
  { program, plan }: Pick<Prepared, 'program' | 'plan'>,
  times: Float64Array,
  value: Value,
): Subject {
  const several = program.outputs.length > 1;
  const entries = [
    ...Array.from(times).flatMap((time) =>
      program.outputs.map(({ name }, o) => {
        const got = value(name, time);
        const absent = Number.isNaN(got);
        const observation: RecordObservation = {
          ...moment(time),
          value: absent ? null : got,
          mdv: absent,
          dvid: several ? o + 1 : null,
          compartment: null,
          censored: null,
        };
        return { time, observation };
      }),
    ),
    ...doses.map((dose) => ({ time: dose.time, dose })),
  ];
  const states = plan.model.states.map(({ name }) => name);
  return { id: '', row: 0, covariates: [], ...inOrder(entries, states) };
}

const moment = (time: number) => ({ row: 0, time, occasion: 0, sequence: 0 });

type Entry = { readonly time: number } & (
  | { readonly observation: RecordObservation }
  | { readonly dose: GivenDose }
);

/** Observations of an instant come before its doses: they are values of just before. */
function inOrder(
  entries: readonly Entry[],
  states: readonly string[],
): Pick<Subject, 'events' | 'observations'> {
  const events: RecordEvent[] = [];
  const observations: RecordObservation[] = [];
  entries
    .toSorted((a, b) => a.time - b.time || ('dose' in a ? 1 : 0) - ('dose' in b ? 1 : 0))
    .forEach((entry, sequence) => {
      const at = { row: 0, time: entry.time, occasion: 0, sequence };
      if ('observation' in entry) {
        observations.push({ ...entry.observation, ...at });
        return;
      }
      const { amount, duration, into, replaces } = entry.dose;
      const rate = duration > 0 ? amount / duration : 0;
      const compartment = states.indexOf(into) + 1;
      events.push({ ...at, evid: replaces ? 8 : 1, amount, rate, compartment, ss: 0, ii: 0, additional: 0 });
    });
  return { events, observations };
}

const mark = (name: string, baseline: string | number): RecordCovariate => ({ name, baseline, course: [] });

function covariatesOf({ plan, job }: Pick<Prepared, 'plan' | 'job'>, patient: number): RecordCovariate[] {
  const values = job.columns.read(patient, 1);
  return plan.model.covariates.map(({ name }, c) => mark(name, values[c] ?? Number.NaN));
}
