// Fitting the weights of a cohort to five numbers: `npx vitest bench --run --project unit test/bench/weights.bench.ts`. A sample
// is the search alone; a run reads the patients' covariates before it.
import { bench, describe } from 'vitest';
import { balance } from '../../src/statistics/weighting.ts';
import type { Target } from '../../src/statistics/weighting-targets.ts';
import { normal, uniformSource } from '../statistics/numbers.ts';

const targets: readonly Target[] = [
  { kind: 'mean', column: 'WT', value: 88 },
  { kind: 'variance', column: 'WT', value: 400 },
  { kind: 'share-below', column: 'WT', bound: 66, share: 0.1 },
  { kind: 'share-below', column: 'CRCL', bound: 50, share: 0.5 },
  { kind: 'mean', column: 'DIAL', value: 0.1 },
];

function cohort(patients: number) {
  const uniform = uniformSource(3);
  const column = (name: string, value: () => number) => ({
    name,
    values: Float64Array.from({ length: patients }, value),
  });
  return [
    column('WT', () => 79 * Math.exp(0.27 * normal(uniform))),
    column('CRCL', () => 62 * Math.exp(0.65 * normal(uniform))),
    column('DIAL', () => (uniform() < 0.185 ? 1 : 0)),
  ];
}

describe.each([10_000, 1_000_000])('weights of %i patients', (patients) => {
  const columns = cohort(patients);
  bench('five numbers', () => void balance(columns, targets), {
    iterations: 5,
    time: 0,
    warmupIterations: 1,
  });
});
