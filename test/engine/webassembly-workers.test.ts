// Real worker threads behind the backend: modules, chunks and histograms cross the channel, and give the same bits.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import nodeEndpoint from 'comlink/dist/esm/node-adapter';
import { build } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LaneHandle, remoteLane } from '../../src/engine/lane-host.ts';
import { createWasmBackend } from '../../src/engine/webassembly.ts';
import { jobFor, n, twoCompartments } from '../codegen/wasm-fixtures.ts';

let folder = '';
const workers: Worker[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gemello-lanes-'));
  await build({
    configFile: false,
    logLevel: 'silent',
    ssr: { noExternal: true },
    build: {
      ssr: resolve('src/cli/lane-node.ts'),
      outDir: folder,
      rolldownOptions: { output: { entryFileNames: 'lane.mjs' } },
    },
  });
});
afterAll(async () => {
  await Promise.all(workers.map((worker) => worker.terminate()));
  await rm(folder, { recursive: true });
});

function spawn(): LaneHandle {
  const worker = new Worker(join(folder, 'lane.mjs'));
  workers.push(worker);
  const died = new Promise<Error>((resolve) => {
    worker.once('error', resolve);
    worker.once('exit', (code) => resolve(new Error(`the worker ended with ${code}`)));
  });
  return remoteLane(nodeEndpoint(worker), died, () => void worker.terminate());
}

const program = twoCompartments([[0, 'central', n(1000), n(0), n(12), n(14), n(1)]]);
const job = jobFor(program, {
  patients: 3000,
  horizon: 168,
  times: Float64Array.from({ length: 50 }, (_, i) => (i * 168) / 49),
  rtol: 1e-4,
  columns: {
    key: 'spread',
    read: (first, count) =>
      Float32Array.from(
        [4.5, 58.5, 6.5, 38.5].flatMap((x, k) =>
          Array.from(
            { length: count },
            (_, i) => x * (1 + 0.5 * Math.sin((first + i) * 12.9898 + k * 78.233)),
          ),
        ),
      ),
  },
});

test('two workers, one of them killed on the way, give the bits of this thread', async () => {
  const here = await (await createWasmBackend().compile(program)).run(job);
  const backend = createWasmBackend({ lanes: 2, spawn });
  const kernel = await backend.compile(program);
  expect(await kernel.run(job)).toEqual(here);

  const before = workers.length;
  const running = kernel.run({ ...job, patients: 30000 });
  setTimeout(() => void workers[0]?.terminate(), 30);
  const there = await running;
  expect(workers.length).toBeGreaterThan(before);
  const whole = await (await createWasmBackend().compile(program)).run({ ...job, patients: 30000 });
  expect(there.arms[0]?.outputs[0]?.sum).toEqual(whole.arms[0]?.outputs[0]?.sum);
  expect(there.arms[0]?.statuses).toEqual(whole.arms[0]?.statuses);
  expect(there.arms[0]?.outputs[0]?.counts.every((x, i) => x === whole.arms[0]?.outputs[0]?.counts[i])).toBe(
    true,
  );
  backend.dispose();
});
