// Intervals of what an arm changes by resampling the patients: the bootstrap. In: blocks of endpoints as a run tells them, a
// seed. Out: intervals for every difference, in the order of differences.ts. A resample draws as many patients as the cohort
// has, with replacement, the same ones for every arm and endpoint. Who is drawn is a pure function of (seed, resample,
// cohort size), so blocks and backends do not matter. Patients with weights keep them when drawn; the weights themselves
// are taken as given. Simulated studies are resampled as one cohort. Every value is kept: resampling-size.ts says how many.
import type { EndpointBlock } from '../engine/backend.ts';
import { fillWords, keyOfSeed } from '../engine/philox.ts';
import { drawOfName, PURPOSES } from '../engine/purposes.ts';
import { type Drawn, type PairedResamples, resamplePairs } from '../statistics/paired-resampling.ts';
import type { Compared } from './differences.ts';
import type { EndpointListener } from './listen.ts';
import type { Difference } from './result.ts';

export interface Resampling {
  readonly resamples: number;
  readonly seed: string;
  /** Numbered from 0. */
  readonly patients: number;
}

export interface ResampleListener extends EndpointListener {
  /** By arm, then by endpoint, as Differences are; undefined where fewer than two patients can be compared. */
  report(): readonly (Difference['bootstrap'] | undefined)[];
}

export function listenForResamples(
  { arms, versus, endpoints }: Compared,
  { resamples, seed, patients }: Resampling,
): ResampleListener {
  const columns = arms.map(() => endpoints.map(() => new Float64Array(patients).fill(Number.NaN)));
  let weights: Float64Array | null = null;
  const keep = ({ first, count, arms: told }: EndpointBlock) => {
    told.forEach(({ status, endpoints: values }, a) => {
      columns[a]?.forEach((column, e) => {
        const truth = endpoints[e]?.type === 'probability';
        for (let i = 0; i < count; i++) {
          const x = values[e * count + i] ?? Number.NaN;
          column[first + i] = status[i] !== 0 ? Number.NaN : truth && x > 0 ? 1 : x;
        }
      });
    });
  };
  return {
    onEndpoints(block, own) {
      keep(block);
      if (own === undefined) return;
      weights ??= new Float64Array(patients);
      weights.set(own.subarray(0, block.count), block.first);
    },
    onRestart() {
      for (const column of columns.flat()) column.fill(Number.NaN);
      weights = null;
    },
    report() {
      const everyone = weights ?? new Uint16Array(patients).fill(1);
      const pairs = columns.flatMap((own, a) =>
        a === versus
          ? []
          : own.map((first, e) => {
              const second = columns[versus]?.[e] ?? new Float64Array();
              return resamplePairs(
                { first, second, condition: endpoints[e]?.type === 'probability' },
                everyone,
              );
            }),
      );
      drawResamples(pairs, { resamples, seed, patients }, weights);
      return pairs.map((pair) => (pair ? { resamples, ...pair.report() } : undefined));
    },
  };
}

/** Tells every pair of every resample. */
function drawResamples(
  pairs: readonly (PairedResamples | null)[],
  { resamples, seed, patients }: Resampling,
  weights: Float64Array | null,
): void {
  const key = keyOfSeed(seed);
  const draw = drawOfName('resample');
  const words = new Uint32Array(patients);
  const times = new Uint16Array(patients);
  const weighed = weights?.slice() ?? null;
  for (let r = 0; r < resamples; r++) {
    fillWords(key, PURPOSES.bootstrap, draw, r, words);
    times.fill(0);
    // A 32-bit word shared out over the patients: chances differ by at most patients / 2^32 of themselves.
    for (let i = 0; i < patients; i++) {
      const who = Math.floor(((words[i] ?? 0) * patients) / 4294967296);
      times[who] = (times[who] ?? 0) + 1;
    }
    let drawn: Drawn = times;
    let total = patients;
    if (weights && weighed) {
      total = 0;
      for (let i = 0; i < patients; i++) {
        const weight = (times[i] ?? 0) * (weights[i] ?? 0);
        weighed[i] = weight;
        total += weight;
      }
      drawn = weighed;
    }
    for (const pair of pairs) pair?.add(drawn, total);
  }
}
