// What an arm changes, patient by patient (the same people in every arm: common random numbers). In: blocks of endpoints
// as a run tells them, each patient once. Out: Differences of every arm from one of them. Memory does not grow with the
// patients: sums, counts and bins. Who lacks the endpoint in either arm is left out and counted. Arms are not ranked:
// which direction is good is the study's to say.
import type { EndpointBlock } from '../engine/backend.ts';
import { addColumn, type BinLayout, createHistogram, quantiles } from '../engine/histogram.ts';
import { addPatient, createPairedSums, summarisePairs } from '../statistics/paired.ts';
import {
  countPair,
  createPairedCounts,
  type Interval,
  numberNeeded,
  type PairedCounts,
  pairedRiskDifference,
  pairsCounted,
  wilson,
} from '../statistics/proportions.ts';
import type { EndpointListener } from './listen.ts';
import { type Difference, QUANTILES, type Quantile } from './result.ts';

/** Bins of individual differences: 0.2 % half a bin. */
const BITS = 8;
/** Room above the values' own bins, in octaves: a difference may be twice as large as its parts, and parts larger than seen. */
const HEADROOM = 4;
const PROBABILITIES = QUANTILES.map(Number);

export interface Compared {
  readonly arms: readonly string[];
  /** Index of the arm that the others are held against. */
  readonly versus: number;
  readonly endpoints: readonly {
    readonly name: string;
    readonly unit: string;
    readonly type: 'value' | 'probability';
    /** Bins of the endpoint's own values. */
    readonly bins: BinLayout;
    /** Which way is good for the patient; absent where the study does not say. */
    readonly better?: 'higher' | 'lower';
  }[];
  /** Differences up to this share of the larger value are no more than what the solver may be off by: no change. */
  readonly tolerance: number;
}

export interface DifferenceListener extends EndpointListener {
  /** By arm, then by endpoint. */
  report(): readonly Difference[];
}

type Field = Compared['endpoints'][number];
interface Pairing {
  add(first: Float64Array, second: Float64Array): void;
  report(): Omit<Difference, 'arm' | 'versus' | 'endpoint' | 'unit'>;
}

export function listenForDifferences({ arms, versus, endpoints, tolerance }: Compared): DifferenceListener {
  const fresh = () =>
    arms.map((_, a) =>
      a === versus
        ? []
        : endpoints.map((field) =>
            field.type === 'probability' ? pairedConditions(field) : pairedValues(field, tolerance),
          ),
    );
  let pairings = fresh();
  return {
    onEndpoints(block) {
      const baseline = endpoints.map((_, e) => existing(block, versus, e));
      pairings.forEach((own, a) => {
        own.forEach((pairing, e) => {
          pairing.add(existing(block, a, e), baseline[e] ?? new Float64Array());
        });
      });
    },
    onRestart() {
      pairings = fresh();
    },
    report: () =>
      pairings.flatMap((own, a) =>
        own.map((pairing, e) => ({
          arm: arms[a] ?? '',
          versus: arms[versus] ?? '',
          endpoint: endpoints[e]?.name ?? '',
          unit: endpoints[e]?.unit ?? '',
          ...pairing.report(),
        })),
      ),
  };
}

/** An endpoint of a block's patients in an arm; NaN also for those who failed. */
function existing({ arms, count }: EndpointBlock, a: number, e: number): Float64Array {
  const arm = arms[a];
  if (arm === undefined) throw new RangeError(`a block of ${arms.length} arms has no arm ${a}`);
  const values = arm.endpoints.slice(e * count, (e + 1) * count);
  for (let i = 0; i < count; i++) if (arm.status[i] !== 0) values[i] = Number.NaN;
  return values;
}

function pairedValues({ bins, better }: Field, tolerance: number): Pairing {
  const sums = createPairedSums();
  const { low, high } = bins;
  const layout = { mantissaBits: BITS, low, high: Math.min(128, high + HEADROOM), signed: true };
  const histogram = createHistogram(layout, 1);
  const nothing = new Uint8Array(0);
  let without = nothing;
  return {
    add(first, second) {
      const count = first.length;
      const differences = new Float64Array(count);
      if (without.length < count) without = new Uint8Array(count);
      const wanted = { better: 'higher' as const, margin: 0 };
      for (let i = 0; i < count; i++) {
        const [x, y] = [first[i] ?? Number.NaN, second[i] ?? Number.NaN];
        wanted.margin = tolerance * Math.max(Math.abs(x), Math.abs(y));
        addPatient(sums, x, y, wanted);
        differences[i] = x - y;
        without[i] = Number.isFinite(x - y) ? 0 : 1;
      }
      addColumn(histogram, 0, differences, 0, count, without);
    },
    report() {
      const { n, missing, difference, meanRatio, geometricRatio, benefit, harm } = summarisePairs(sums);
      const found = quantiles(histogram, 0, PROBABILITIES);
      return {
        patients: n,
        ...(missing > 0 && { missing }),
        mean: n > 0 ? difference.value : null,
        interval: difference.interval,
        quantiles: perQuantile((q) => found[q] ?? null),
        higher: { share: n > 0 ? benefit.value : null, interval: benefit.interval },
        lower: { share: n > 0 ? harm.value : null, interval: harm.interval },
        ...(better && { better }),
        ...(meanRatio && { ratio: { value: meanRatio.value, interval: meanRatio.interval } }),
        ...(geometricRatio && {
          geometricRatio: { value: geometricRatio.value, interval: geometricRatio.interval },
        }),
      };
    },
  };
}

function pairedConditions({ better }: Field): Pairing {
  const counts = createPairedCounts();
  let missing = 0;
  return {
    add(first, second) {
      for (let i = 0; i < first.length; i++) {
        const [x, y] = [first[i] ?? Number.NaN, second[i] ?? Number.NaN];
        if (Number.isFinite(x) && Number.isFinite(y)) countPair(counts, x > 0, y > 0);
        else missing++;
      }
    },
    report() {
      const n = pairsCounted(counts);
      const share = (count: number): Difference['higher'] => ({
        share: n > 0 ? count / n : null,
        interval: wilson(count, n),
      });
      const risk = n > 0 ? pairedRiskDifference(counts) : null;
      return {
        patients: n,
        ...(missing > 0 && { missing }),
        mean: risk ? risk.difference : null,
        interval: risk ? risk.interval : [Number.NaN, Number.NaN],
        quantiles: perQuantile((q) => stepQuantile(counts, PROBABILITIES[q] ?? Number.NaN)),
        higher: share(counts.onlyFirst),
        lower: share(counts.onlySecond),
        ...(better && { better }),
        ...(risk && { nnt: needed(risk, better) }),
      };
    },
  };
}

function needed(
  risk: {
    readonly first: number;
    readonly second: number;
    readonly difference: number;
    readonly interval: Interval;
  },
  better: Field['better'],
): NonNullable<Difference['nnt']> {
  const { kind, number, limits } = numberNeeded(risk, better !== 'lower');
  if (kind === 'unclear' || better !== undefined) return { kind, number, limits };
  return { kind: kind === 'benefit' ? 'more' : 'fewer', number, limits };
}

/** Type 7 of the differences -1, 0 and 1, as everywhere; null of nobody. */
function stepQuantile(counts: PairedCounts, p: number): number | null {
  const n = pairsCounted(counts);
  if (n === 0) return null;
  const at = (k: number) => (k < counts.onlySecond ? -1 : k < n - counts.onlyFirst ? 0 : 1);
  const exact = (n - 1) * p;
  const near = Math.round(exact);
  const h = Math.abs(exact - near) < 1e-9 ? near : exact;
  const low = at(Math.floor(h));
  return low + (at(Math.ceil(h)) - low) * (h - Math.floor(h));
}

function perQuantile<T>(value: (index: number) => T): Record<Quantile, T> {
  const [a, b, c, d, e] = QUANTILES.map((_, i) => value(i)) as [T, T, T, T, T];
  return { '0.05': a, '0.25': b, '0.5': c, '0.75': d, '0.95': e };
}
