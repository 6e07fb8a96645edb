// Patients per second of the WebGPU backend: two compartments, 14 infusions, 200 outputs, two endpoints, rtol 1e-4.
// npx vitest bench --run --project unit test/bench/webgpu.bench.ts
import { bench, describe } from 'vitest';
import { columnsOf, INFUSIONS, jobFor } from '../codegen/fixtures.ts';
import { backend, gpu } from '../engine/gpu.ts';

const PATIENTS = 10_000;
const draft = jobFor(INFUSIONS, {
  horizon: 168,
  patients: PATIENTS,
  columns: columnsOf(
    'bench',
    Array.from({ length: 997 }, (_, i) => 45 + ((i * 61) % 70)),
    Array.from({ length: 991 }, (_, i) => 0.6 * Math.sin(i)),
  ),
  times: Float64Array.from({ length: 200 }, (_, i) => (i * 168) / 199),
  windows: [
    [96, 120],
    [0, 168],
  ],
  arms: [{ therapy: 0, study: Float64Array.of(4.5, 1000, 12) }],
});
const job = { ...draft, solver: { ...draft.solver, rtol: 1e-4, atol: new Float64Array(3).fill(1e-3) } };

describe.skipIf(!gpu)(`${gpu?.name}: ${PATIENTS} patients`, async () => {
  if (!gpu) return;
  const begun = performance.now();
  const kernel = await backend().compile(INFUSIONS);
  console.log(`pipeline: ${kernel.compileMs.toFixed(0)} ms of ${(performance.now() - begun).toFixed(0)} ms`);
  bench('run', async () => void (await kernel.run(job)), {
    iterations: 5,
    warmupIterations: 1,
    time: 0,
    warmupTime: 0,
  });
});
