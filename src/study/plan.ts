// From a study document and its model to everything that is fixed before a patient is drawn: arms with their therapies,
// endpoints, times, typical values. In: Model, Study. Out: a Plan, or what is wrong with which field of the study.
import { METHOD_NAMES, type Method, methodNamed } from '../codegen/methods.ts';
import { compileTherapy, parseQuantity } from '../language/compile.ts';
import type { Endpoint, Model, Therapy } from '../language/model.ts';
import { isTherapyText } from '../language/therapy-words.ts';
import { suggestion } from './closest.ts';
import { constant, studyValues } from './formula.ts';
import { idleResampling, resamplingConflict } from './resampling-size.ts';
import { type PlannedSplit, planSplits } from './splits.ts';
import {
  DATA_THERAPY,
  DEFAULT_PATIENTS,
  DEFAULT_RTOL,
  DEFAULT_SEED,
  MOST_ARMS,
  type Study,
} from './study.ts';

/** What is wrong with a study, by field: `arms[1].therapy`. */
export interface Refusal {
  readonly field: string;
  readonly message: string;
}

export interface Plan {
  readonly model: Model;
  readonly patients: number;
  readonly seed: string;
  readonly typical: boolean;
  /** Distinct therapies of the arms. */
  readonly therapies: readonly Therapy[];
  readonly arms: readonly PlannedArm[];
  readonly outputs: readonly string[];
  readonly endpoints: readonly Endpoint[];
  /** Index of the arm that the others are compared with. */
  readonly versus: number;
  /** By endpoint, where the study says which way is good. */
  readonly better: Readonly<Record<string, 'higher' | 'lower'>>;
  /** Parts of the cohort that are told apart; absent: none. */
  readonly splits?: readonly PlannedSplit[];
  /** Resamples of the patients; absent: none. */
  readonly resamples?: number;
  /** Model time. */
  readonly until: number;
  readonly times: Float64Array;
  readonly method: Method;
  readonly rtol: number;
  /** Fixed or largest step, model time. */
  readonly step: number;
  /** What is allowed but may not be meant: a value outside its declared range, an endpoint after the run's end. */
  readonly warnings: readonly string[];
}

export interface PlannedArm {
  readonly name: string;
  /** Index into therapies; -1: nothing is given. */
  readonly therapy: number;
  /** Every parameter's value in this arm. */
  readonly parameters: Readonly<Record<string, number>>;
}

/** Output times of one run; the grid's memory on a device grows with it. */
const MOST_TIMES = 5000;

/** Stands for the doses of a dosing file, which the records of each patient give. */
export const dataTherapy = (): Therapy => ({
  name: DATA_THERAPY,
  label: 'Doses of the file',
  doses: [],
  span: { start: 0, end: 0 },
});

/** What a dosing file says of the whole study. */
interface Recorded {
  readonly courses: readonly unknown[];
  /** Model time of its last line. */
  readonly until: number;
}

export function planStudy(
  model: Model,
  study: Study,
  recorded: Recorded | null = null,
): { plan: Plan } | { errors: readonly Refusal[] } {
  const errors: Refusal[] = [];
  const refuse = (field: string, message: string) => void errors.push({ field, message });

  const typicalValues: Record<string, number> = {};
  for (const p of model.parameters) typicalValues[p.name] = p.value;
  const withSet = (
    set: Readonly<Record<string, number>> | undefined,
    field: string,
    from: Record<string, number>,
  ) => {
    const values = { ...from };
    for (const [name, value] of Object.entries(set ?? {})) {
      if (name in typicalValues) values[name] = value;
      else
        refuse(
          `${field}.${name}`,
          `${model.name} has no parameter ${name}; ${suggestion(name, Object.keys(typicalValues))}`,
        );
    }
    return values;
  };
  const everywhere = withSet(study.set, 'set', typicalValues);

  const therapies: Therapy[] = [];
  const placeOf = (therapy: Therapy): number => {
    const known = therapies.indexOf(therapy);
    return known >= 0 ? known : therapies.push(therapy) - 1;
  };
  const data = dataTherapy();
  const wanted =
    study.arms ?? (recorded ? [{ name: DATA_THERAPY, therapy: DATA_THERAPY }] : defaultArms(model));
  if (wanted.length === 0) refuse('arms', 'there is no arm; give at least one');
  if (wanted.length > MOST_ARMS)
    refuse('arms', `${wanted.length} arms; at most ${MOST_ARMS} run side by side`);
  const seen = new Set<string>();
  const arms = wanted.map((arm, i): PlannedArm => {
    const field = `arms[${i}]`;
    if (seen.has(arm.name)) refuse(`${field}.name`, `two arms are called ${arm.name}; rename one`);
    seen.add(arm.name);
    const parameters = withSet(arm.set, `${field}.set`, everywhere);
    return { name: arm.name, therapy: therapyOf(arm.therapy, `${field}.therapy`), parameters };
  });
  function therapyOf(text: string | undefined, field: string): number {
    if (text === undefined || text.trim() === '') return -1;
    const named = model.therapies.find((t) => t.name === text);
    if (recorded && text === DATA_THERAPY) {
      if (!named) return placeOf(data);
      refuse(field, `${text} is a therapy of ${model.name} and the file's doses; rename the therapy`);
      return -1;
    }
    if (named) return placeOf(named);
    if (text === DATA_THERAPY) {
      refuse(field, 'data are the doses of cohort.data, which the study does not have');
      return -1;
    }
    if (!isTherapyText(text)) {
      refuse(
        field,
        `${model.name} has no therapy ${text}; ${suggestion(
          text,
          model.therapies.map((t) => t.name),
        )} (dose lines may stand here too)`,
      );
      return -1;
    }
    const { therapy, diagnostics } = compileTherapy(model, text);
    for (const d of diagnostics) {
      if (d.severity === 'error')
        refuse(field, `${d.line}:${d.column} ${d.message}${d.hint ? ` (${d.hint})` : ''}`);
    }
    return therapy ? placeOf(therapy) : -1;
  }

  const outputs = chosen(study.show?.outputs, model.outputs, 'show.outputs');
  const endpoints = chosen(study.show?.endpoints, model.endpoints, 'show.endpoints');
  function chosen<T extends { readonly name: string }>(
    names: readonly string[] | undefined,
    all: readonly T[],
    field: string,
  ): T[] {
    if (!names) return [...all];
    return names.flatMap((name, i) => {
      const found = all.find((x) => x.name === name);
      if (!found)
        refuse(
          `${field}[${i}]`,
          `${model.name} has no ${name}; ${suggestion(
            name,
            all.map((x) => x.name),
          )}`,
        );
      return found ? [found] : [];
    });
  }

  const { versus, better = {} } = study.compare ?? {};
  const baseline = versus === undefined ? 0 : arms.findIndex((arm) => arm.name === versus);
  const armNames = arms.map((arm) => arm.name);
  if (baseline < 0)
    refuse('compare.versus', `there is no arm ${versus}; ${suggestion(versus ?? '', armNames)}`);
  const known = model.endpoints.map((e) => e.name);
  for (const name of Object.keys(better))
    if (!known.includes(name))
      refuse(`compare.better.${name}`, `${model.name} has no ${name}; ${suggestion(name, known)}`);

  const size = { arms: arms.length, endpoints: endpoints.length };
  const splits = planSplits(model, study.compare?.subgroups ?? [], size);
  if ('errors' in splits) errors.push(...splits.errors);

  const duration = (text: string | undefined, fallback: number, field: string): number => {
    if (text === undefined) return fallback;
    const value = parseQuantity(text, model.time);
    if (typeof value === 'number' && Number.isFinite(value) && value > 0) return value;
    refuse(field, typeof value === 'number' ? `${text} is not longer than 0` : value.message);
    return fallback;
  };
  const end = recorded && recorded.until > 0 ? recorded.until : (model.show?.until ?? 24);
  const until = duration(study.time?.until, end, 'time.until');
  const shown = model.show?.every ?? until / 200;
  // A file's own length may not fit the model's grid.
  const fits = !recorded || (until / shown >= 1 && until / shown <= MOST_TIMES - 1);
  const every = duration(study.time?.every, fits ? shown : until / 200, 'time.every');
  if (every > until) refuse('time.every', `${study.time?.every ?? every} is longer than the whole run`);
  const count = Math.floor(until / every + 1e-9) + 1;
  if (count > MOST_TIMES)
    refuse(
      'time.every',
      `${count} output times; use at most ${MOST_TIMES}, so every ${roundUp(until / (MOST_TIMES - 1))} ${model.time.text} or more`,
    );

  const solver = study.solver ?? {};
  const methodName = solver.method === undefined || solver.method === 'auto' ? 'tsit5' : solver.method;
  const method = methodNamed(methodName);
  if (!method)
    refuse('solver.method', `there is no method ${methodName}; there are auto, ${METHOD_NAMES.join(', ')}`);
  const fallbackStep = method?.e ? Number.POSITIVE_INFINITY : Math.min(every, until) / 10;
  const step = duration(solver.step, fallbackStep, 'solver.step');

  const typical = study.cohort?.typical ?? false;
  const patients = recorded
    ? (study.cohort?.patients ?? recorded.courses.length)
    : typical
      ? 1
      : (study.cohort?.patients ?? DEFAULT_PATIENTS);
  const resamples = study.compare?.bootstrap;
  const tooMuch = resamples === undefined ? null : resamplingConflict({ ...size, patients }, resamples);
  if (tooMuch) errors.push(tooMuch);
  if (errors.length > 0 || !method || 'errors' in splits) return { errors };
  return {
    plan: {
      model,
      patients,
      seed: study.cohort?.seed ?? DEFAULT_SEED,
      typical,
      therapies,
      arms,
      outputs: outputs.map((o) => o.name),
      endpoints,
      versus: baseline,
      better,
      ...(splits.length > 0 && { splits }),
      ...(resamples !== undefined && { resamples }),
      until,
      times: Float64Array.from({ length: count }, (_, i) => Math.min(i * every, until)),
      method,
      rtol: solver.rtol ?? DEFAULT_RTOL,
      step,
      warnings: [
        ...outOfRange(model, arms),
        ...afterTheEnd(model, arms, endpoints, until),
        ...(resamples === undefined ? [] : idleResampling({ ...size, patients })),
        ...(splits.length > 0 && patients < 2
          ? ['compare.subgroups tells nothing apart: there is one patient']
          : []),
      ],
    },
  };
}

/** Every therapy of the model is an arm; a model without therapies has one arm in which nothing is given. */
export function defaultArms(
  model: Model,
): readonly { name: string; therapy?: string; set?: Readonly<Record<string, number>> }[] {
  if (model.therapies.length === 0) return [{ name: 'untreated' }];
  return model.therapies.slice(0, MOST_ARMS).map((t) => ({ name: t.name, therapy: t.name }));
}

/** To two digits, never below. */
function roundUp(x: number): number {
  const digit = 10 ** (Math.floor(Math.log10(x)) - 1);
  return Number((Math.ceil(x / digit) * digit).toPrecision(2));
}

/** Values that an arm gives a parameter outside the range its author declared. */
function outOfRange(model: Model, arms: readonly PlannedArm[]): string[] {
  return model.parameters.flatMap(({ name, range, unit }) => {
    if (!range) return [];
    const values = new Set(arms.map((arm) => arm.parameters[name] ?? Number.NaN));
    return [...values]
      .filter((value) => !(value >= range.low && value <= range.high))
      .map(
        (value) =>
          `${name} is ${[value, ...(unit.atoms.length > 0 ? [unit.text] : [])].join(' ')}, outside the ${range.low} .. ${range.high} that the model declares`,
      );
  });
}

/** Endpoints that look further than the run goes have no value for anybody. */
function afterTheEnd(
  model: Model,
  arms: readonly PlannedArm[],
  endpoints: readonly Endpoint[],
  until: number,
): string[] {
  const values = studyValues(model, arms[0]?.parameters);
  return endpoints.flatMap(({ name, reductions }) => {
    const edges = reductions.flatMap(({ from, to }) =>
      [from, to].flatMap((e) => (e ? [constant(e, values)] : [])),
    );
    const last = Math.max(0, ...edges);
    const { text } = model.time;
    return last > until
      ? [`${name} has no value: it looks at ${last} ${text}, and the run ends at ${until} ${text}`]
      : [];
  });
}
