// What a non-compartmental analysis of a study looks at. In: a prepared study, what was asked. Out: output, dose, sampling
// times of the whole run and where each curve lies on them; or what is wrong with which option. A first look at one patient
// tells when infusions end and doses follow, so that these instants are sampled in everybody.

import type { Engine } from '../engine/engine.ts';
import { parseQuantity } from '../language/compile.ts';
import type { Output } from '../language/model.ts';
import type { AreaRule } from '../statistics/nca-area.ts';
import { suggestion } from './closest.ts';
import { readLedgers } from './ledger.ts';
import { type Given, type NominalDose, readGiven } from './nca-given.ts';
import { isConcentration } from './nca-parameters.ts';
import type { Prepared } from './prepare.ts';

export interface NcaOptions {
  /** Absent: the first output that is an amount per volume, else the first. */
  readonly output?: string;
  /** Model time of the dose from which curves are analysed; absent: 0. */
  readonly from?: number;
  /** Dosing interval, model time. */
  readonly tau?: number;
  /** After `from`, model time, ascending; 0 is just after the dose. Absent: the run's own output times, and more soon after a dose. */
  readonly times?: readonly number[];
  /** `320 mg`, or a number in the unit of the compartment that takes the doses. Absent: what each patient was given. */
  readonly dose?: string;
  /** Absent: intravenous where doses go into what the output measures, over their own duration; else extravascular. */
  readonly route?: 'bolus' | 'infusion' | 'extravascular';
  /** Of the infusion, model time; absent: as given. */
  readonly duration?: number;
  /** Absent: linear up, logarithmic down. */
  readonly rule?: AreaRule;
  /** Limit of quantification in the output's unit; absent: a millionth of the curve's peak, under which the solver errs. */
  readonly lloq?: number;
  /** The interval is one at steady state; absent: where tau is given and doses came before, or the dose line says so. */
  readonly steady?: boolean;
}

/** Where a curve lies among the samples of the run, and the time of each since its dose. */
export interface NcaGrid {
  readonly places: Uint32Array;
  readonly times: Float64Array;
}

export interface NcaPlan {
  readonly output: Output;
  readonly given: Given;
  readonly from: number;
  readonly tau: number | null;
  /** In `given.unit`, where it was told. */
  readonly dose: number | null;
  /** Sampled instants of the run, ascending. */
  readonly times: Float64Array;
  /** Instants closer than this are one. */
  readonly close: number;
  /** Just before and after `time`, where something is given at it; both are sampled at `from`, `before` also tau later. */
  readonly before: (time: number) => number;
  readonly after: (time: number) => number;
  /** Of a curve that begins at a dose: places in `times` and the time since that dose, up to `end`. */
  readonly curve: (start: number, end: number) => NcaGrid;
  readonly placeOf: (time: number) => number | undefined;
  /** First doses that are sampled from, by arm. */
  readonly firsts: readonly (number | null)[];
  readonly looked: readonly (readonly NominalDose[])[];
}

/** Of the run: instants that near are one. */
const CLOSE = 2 ** -20;
/** Of the run: surely before or after a dose, whose time is rounded to a tick, 2^-29 at most in f32, 2^-43 in f64. */
const BESIDE = { f32: 2 ** -27, f64: 2 ** -40 };

/** Samples after a dose beside the run's own times: each 9 % later than the one before, from a thousandth of the time to the next. */
const DENSER = 81;
const DENSER_PER_DOUBLING = 8;

/** A sample of a curve. */
interface Point {
  /** Model time at which the run is looked at. */
  readonly instant: number;
  /** Since the dose. */
  readonly time: number;
  /** Just after another dose; it belongs to no curve that ends there. */
  readonly jump: boolean;
}

type Wrong = { readonly message: string };

export async function planNca(
  prepared: Prepared,
  output: Output,
  options: NcaOptions,
  engine: Engine,
): Promise<NcaPlan | Wrong> {
  const { plan, program, job } = prepared;
  const { model, until } = plan;
  const { from = 0, tau = null, times: own } = options;
  const wrong = wrongNumbers(options, until, model.time.text);
  if (wrong !== null) return { message: wrong };
  const given = readGiven(prepared, output.name, options.dose === undefined);
  if ('message' in given) return given;
  const dose = doseOf(options.dose, given);
  if (typeof dose === 'object' && dose !== null) return dose;

  const close = until * CLOSE;
  const look = await engine.individuals(program, { ...job, times: job.times.slice(0, 1) }, [0], {
    ledger: true,
  });
  const ledgers = readLedgers(prepared, look);
  const columns = job.columns.read(0, 1);
  const looked = plan.arms.map((_, a) => given.doses(a, ledgers[a] ?? [], columns)[0] ?? []);
  const starts = looked.map((doses) => doses[0]?.time ?? null);
  const firsts = starts.map((first) =>
    tau !== null && first !== null && first + tau <= from + close ? first : null,
  );
  const begin = [...new Set([from, ...firsts.filter((first) => first !== null)])];

  const beside = until * BESIDE[engine.info.precision];
  const before = (time: number) => Math.max(0, time - beside);
  const after = (time: number) => time + beside;
  const wanted = new Set<number>();
  const grids = new Map<number, readonly Point[]>();
  /** The run's own times may be far apart: more after a dose and after the end of its infusion, closer the sooner. */
  const denser = (start: number): number[] =>
    looked.flatMap((doses) => {
      const next = doses.find(({ time }) => time > start + close && time >= start + (tau ?? 0) - close);
      const span = (next?.time ?? until) - start;
      const begun = doses.filter(({ time }) => Math.abs(time - start) <= close);
      const anchors = new Set([start, ...begun.map(({ duration }) => start + duration)]);
      return [...anchors].flatMap((anchor) =>
        Array.from({ length: DENSER }, (_, j) => anchor + span * 2 ** (-j / DENSER_PER_DOUBLING)),
      );
    });
  for (const start of begin) {
    const end = start === from ? until : start + (tau ?? 0) + close;
    const inside = (t: number) => t > start + close && t <= Math.min(until, end);
    const near = looked.flat().filter(({ time }) => inside(time));
    const ends = looked.flat().map(({ time, duration }) => time + duration);
    const dense = [...plan.times, ...near.map(({ time }) => time), ...ends, ...denser(start)];
    const asked = own ? own.map((t) => start + t) : [...dense, ...(tau === null ? [] : [start + tau])];
    const at = unique(asked.filter(inside), close).map((t): Point => {
      // At the instant of a dose the value is that before it, whichever way its time was rounded.
      const dose = near.find(({ time }) => Math.abs(time - t) <= close)?.time;
      const since = (dose ?? t) - start;
      const time = tau !== null && Math.abs(since - tau) <= close ? tau : since;
      return { instant: dose === undefined ? t : before(dose), time, jump: false };
    });
    // A later bolus makes a jump: its top is sampled too.
    const tops = own ? [] : near.filter(({ direct }) => direct).map(({ time }) => after(time));
    const jumps = [...new Set(tops)].map((t): Point => ({ instant: t, time: t - start, jump: true }));
    const zero = own === undefined || own[0] === 0 ? [{ instant: after(start), time: 0, jump: false }] : [];
    const points = [...zero, ...at, ...jumps].sort((x, y) => x.time - y.time);
    grids.set(start, points);
    for (const { instant } of points) wanted.add(instant);
    for (const t of [before(start), after(start), ...(tau === null ? [] : [before(start + tau)])])
      wanted.add(t);
  }
  const times = Float64Array.from(wanted)
    .filter((t) => t <= until)
    .sort();
  const places = new Map(Array.from(times, (time, p) => [time, p]));
  const last = new Map<number, { readonly end: number; readonly curve: NcaGrid }>();
  return {
    output,
    given,
    from,
    tau,
    dose,
    times,
    close,
    before,
    after,
    placeOf: (time) => places.get(time),
    curve(start, end) {
      // Nearly all curves from a dose end at the same instant.
      const known = last.get(start);
      if (known?.end === end) return known.curve;
      const points = (grids.get(start) ?? []).filter(
        ({ time, jump, instant }) => instant <= until && start + time <= (jump ? end - close : end + close),
      );
      const curve = {
        places: Uint32Array.from(points, ({ instant }) => places.get(instant) ?? 0),
        times: Float64Array.from(points, ({ time }) => time),
      };
      last.set(start, { end, curve });
      return curve;
    },
    firsts,
    looked,
  };
}

/** Ascending, without those that are the same instant as one before. */
function unique(times: readonly number[], close: number): number[] {
  const kept: number[] = [];
  for (const t of [...times].sort((a, b) => a - b))
    if (kept.length === 0 || t > (kept.at(-1) ?? 0) + close) kept.push(t);
  return kept;
}

function wrongNumbers(options: NcaOptions, until: number, unit: string): string | null {
  const { from = 0, tau, times, duration, lloq, route, steady } = options;
  if (!(from >= 0 && from < until))
    return `from ${from} ${unit}; give a time of a dose from 0 to before the run's end at ${until} ${unit}`;
  if (tau !== undefined && !(tau > 0)) return `tau ${tau} ${unit}; give a dosing interval above 0`;
  if (tau !== undefined && from + tau > until * (1 + CLOSE))
    return `tau ${tau} ${unit} from ${from} ${unit} is over at ${from + tau} ${unit}, after the run's end at ${until} ${unit}; run until then, or give less`;
  if (steady && tau === undefined) return 'an interval at steady state needs tau; give the dosing interval';
  if (times) {
    if (times.length === 0) return 'no sampling times; give some after the dose, such as 0.5,1,2,4,8';
    const at = times.findIndex((t, i) => !(t >= 0) || (i > 0 && !(t > (times[i - 1] ?? 0))));
    if (at >= 0) return `sampling time ${times[at]} at place ${at + 1}; give ascending times after the dose`;
    const [last = 0] = times.slice(-1);
    if (from + last > until * (1 + CLOSE))
      return `a sample at ${from + last} ${unit}, after the run's end at ${until} ${unit}; run until then, or leave it out`;
  }
  if (duration !== undefined && !(duration > 0))
    return `an infusion over ${duration} ${unit}; give a duration above 0`;
  if (duration !== undefined && route !== 'infusion')
    return 'a duration is that of an infusion; give the route infusion too';
  if (lloq !== undefined && !(lloq > 0)) return `a limit of quantification of ${lloq}; give one above 0`;
  return null;
}

/** The output that is analysed. */
export function outputOf(outputs: readonly Output[], wanted?: string): Output | Wrong {
  const numbers = outputs.filter(({ condition }) => !condition);
  const found =
    wanted === undefined
      ? (numbers.find(({ unit }) => isConcentration(unit)) ?? numbers[0])
      : numbers.find(({ name }) => name === wanted);
  if (found) return found;
  const names = numbers.map(({ name }) => name);
  return {
    message:
      wanted === undefined
        ? 'the model has no output; give it one, such as output conc = central / V'
        : `there is no output ${wanted}; ${suggestion(wanted, names)}`,
  };
}

function doseOf(text: string | undefined, { unit }: Given): number | null | Wrong {
  if (text === undefined) return null;
  const value = Number.isFinite(Number(text)) ? Number(text) : parseQuantity(text, unit);
  if (typeof value !== 'number') return { message: `dose ${text}: ${value.message}` };
  return value > 0 ? value : { message: `dose ${text}; give an amount above 0 ${unit.text}` };
}
