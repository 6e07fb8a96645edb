// What an arm changes, patient by patient (the same people in every arm: common random numbers). In: blocks of endpoints
// as a run tells them, each patient once. Out: Differences of every arm from one of them. Memory does not grow with the
// patients: sums, counts and bins. Who lacks the endpoint in either arm is left out and counted. Arms are not ranked:
// which direction is good is the study's to say.
import type { EndpointBlock } from '../engine/backend.ts';
import type { BinLayout } from '../engine/histogram.ts';
import { medianRanks } from '../statistics/order-statistics.ts';
import { addPatient, createPairedSums, summarisePairs } from '../statistics/paired.ts';
import {
  addWeightedPatient,
  createWeighed,
  createWeightedPairs,
  effectiveCounts,
  summariseWeightedPairs,
  weigh,
} from '../statistics/paired-weighted.ts';
import {
  countPair,
  createPairedCounts,
  type PairedCounts,
  pairedRiskDifference,
  pairsCounted,
  wilson,
} from '../statistics/proportions.ts';
import { individualOf, needed } from './judge.ts';
import type { EndpointListener } from './listen.ts';
import { type Difference, perQuantile, QUANTILES } from './result.ts';
import { type ValueBins, valueBins } from './value-bins.ts';

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
  /** `weights`: in every block of a run or in none; who weighs nothing is not looked at. */
  add(first: Float64Array, second: Float64Array, weights?: Float64Array): void;
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
    onEndpoints(block, weights) {
      const baseline = endpoints.map((_, e) => existing(block, versus, e));
      pairings.forEach((own, a) => {
        own.forEach((pairing, e) => {
          pairing.add(existing(block, a, e), baseline[e] ?? new Float64Array(), weights);
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
  const heavy = createWeightedPairs();
  let weighted = false;
  const own = valueBins(bins);
  const nothing = new Uint8Array(0);
  let without = nothing;
  return {
    add(first, second, weights) {
      weighted = weights !== undefined;
      const count = first.length;
      const differences = new Float64Array(count);
      if (without.length < count) without = new Uint8Array(count);
      const wanted = { better: 'higher' as const, margin: 0 };
      for (let i = 0; i < count; i++) {
        const [x, y] = [first[i] ?? Number.NaN, second[i] ?? Number.NaN];
        wanted.margin = tolerance * Math.max(Math.abs(x), Math.abs(y));
        if (weights) addWeightedPatient(heavy, x, y, weights[i] ?? 0, wanted);
        else addPatient(sums, x, y, wanted);
        differences[i] = x - y;
        without[i] = Number.isFinite(x - y) ? 0 : 1;
      }
      own.add(differences, without, weights);
    },
    report() {
      const { n, missing, difference, meanRatio, geometricRatio, benefit, harm } = weighted
        ? summariseWeightedPairs(heavy)
        : summarisePairs(sums);
      const found = own.quantiles(PROBABILITIES);
      return {
        patients: n,
        ...(missing > 0 && { missing }),
        mean: n > 0 ? difference.value : null,
        interval: difference.interval,
        quantiles: perQuantile((q) => found[q] ?? null),
        ...(!weighted && medianInterval(own, n)),
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

/** Two of the differences, which the median lies between. */
function medianInterval(bins: ValueBins, n: number): Pick<Difference, 'medianInterval'> {
  const ranks = medianRanks(n);
  if (ranks === null) return {};
  const [low, high] = bins.quantiles(ranks.map((rank) => (rank - 1) / (n - 1)));
  return typeof low === 'number' && typeof high === 'number' ? { medianInterval: [low, high] } : {};
}

function pairedConditions({ better }: Field): Pairing {
  const all = createPairedCounts();
  const weighed = createWeighed();
  let weighted = false;
  let missing = 0;
  return {
    add(first, second, weights) {
      weighted = weights !== undefined;
      for (let i = 0; i < first.length; i++) {
        const [x, y] = [first[i] ?? Number.NaN, second[i] ?? Number.NaN];
        const weight = weights?.[i] ?? 1;
        if (weight === 0) continue;
        if (Number.isFinite(x) && Number.isFinite(y)) {
          countPair(all, x > 0, y > 0, weight);
          weigh(weighed, weight);
        } else missing++;
      }
    },
    report() {
      // Intervals of weighted shares are those of the effective number of patients.
      const counts = weighted ? effectiveCounts(all, weighed) : all;
      const n = pairsCounted(counts);
      const share = (count: number): Difference['higher'] => ({
        share: n > 0 ? count / n : null,
        interval: wilson(count, n),
      });
      const risk = n > 0 ? pairedRiskDifference(counts) : null;
      return {
        patients: weighed.n,
        ...(missing > 0 && { missing }),
        mean: risk ? risk.difference : null,
        interval: risk ? risk.interval : [Number.NaN, Number.NaN],
        quantiles: perQuantile((q) => stepQuantile(counts, PROBABILITIES[q] ?? Number.NaN, weighted)),
        higher: share(counts.onlyFirst),
        lower: share(counts.onlySecond),
        ...(better && { better }),
        ...(risk && { nnt: needed(risk, better) }),
        ...(risk &&
          better && { individual: individualOf(share(counts.onlyFirst), share(counts.onlySecond), better) }),
      };
    },
  };
}

/** Type 7 of the differences -1, 0 and 1, as everywhere (of weights the inverse of their distribution); null of nobody. */
function stepQuantile(counts: PairedCounts, p: number, weighted: boolean): number | null {
  const n = pairsCounted(counts);
  if (n === 0) return null;
  if (weighted) return p * n <= counts.onlySecond ? -1 : p * n <= n - counts.onlyFirst ? 0 : 1;
  const at = (k: number) => (k < counts.onlySecond ? -1 : k < n - counts.onlyFirst ? 0 : 1);
  const exact = (n - 1) * p;
  const near = Math.round(exact);
  const h = Math.abs(exact - near) < 1e-9 ? near : exact;
  const low = at(Math.floor(h));
  return low + (at(Math.ceil(h)) - low) * (h - Math.floor(h));
}
