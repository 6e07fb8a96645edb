// Real worker threads behind the backend: modules, chunks and histograms cross the channel, and give the same bits.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import nodeEndpoint from 'comlink/dist/esm/node-adapter';
import { build } from 'vite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Program } from '../../src/codegen/program.ts';
import type { EndpointBlock, Job, RunOptions } from '../../src/engine/backend.ts';
import { type LaneHandle, remoteLane } from '../../src/engine/lane-host.ts';
import { createWasmBackend } from '../../src/engine/webassembly.ts';
import { prepare } from '../../src/study/prepare.ts';
import { jobFor, n, s, twoCompartments } from '../codegen/wasm-fixtures.ts';
import { closeEngines, engineFor } from './engines.ts';

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
  await closeEngines();
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
/** The same with the highest amount of a window. */
const watched: Program = {
  ...program,
  watched: [{ name: 'central', unit: 'mg' }],
  watch: { locals: [], results: [s('y.central')] },
  watchRate: { locals: [], results: [s('f.central')] },
  accumulators: [{ kind: 'max', of: 0, window: 0 }],
  windows: 1,
  endpoints: [{ name: 'peak', unit: 'mg', type: 'value' }],
  conclude: { locals: [], results: [s('a.0')] },
};
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

const layout = { mantissaBits: 7, low: -20, high: 20, signed: true };
test('endpoints cross the channel, each patient once though a worker is killed on the way', async () => {
  const patients = 20_000;
  const bins = { ...job.bins, endpoints: [layout] };
  const watchedJob: Job = { ...job, patients, bins, windows: [[24, 48]] };
  const alone = await (await createWasmBackend().compile(watched)).individuals(
    watchedJob,
    Array.from({ length: patients }, (_, i) => i),
  );
  const backend = createWasmBackend({ lanes: 2, spawn, chunk: 64 });
  const kernel = await backend.compile(watched);
  const told = new Uint8Array(patients);
  const values = new Float64Array(patients);
  const mortal = workers.length;
  let killed = false;
  await kernel.run(watchedJob, {
    onEndpoints({ first, count, arms }) {
      if (first > patients / 4 && !killed) {
        killed = true;
        void workers[mortal - 1]?.terminate();
      }
      for (let i = 0; i < count; i++) {
        told[first + i] = (told[first + i] ?? 0) + 1;
        values[first + i] = arms[0]?.endpoints[i] ?? Number.NaN;
      }
    },
  });
  expect(workers.length).toBeGreaterThan(mortal);
  expect(told).toEqual(new Uint8Array(patients).fill(1));
  expect(values).toEqual(alone.arms[0]?.endpoints);
  backend.dispose();
});

describe.runIf(process.env.GEMELLO_HEAVY)(
  'vancomycin, two arms, two workers, endpoints of every patient',
  () => {
    const vancomycin = async (patients: number) => {
      const engine = await engineFor('webassembly');
      const study = {
        gemello: 1,
        model: { name: 'vancomycin' },
        cohort: { patients, seed: '1' },
        arms: [
          { name: 'fixed', therapy: 'fixed' },
          { name: 'weighted', therapy: 'weighted' },
        ],
      } as const;
      const ready = await prepare(study, { engine });
      if (ready.kind !== 'done') throw new Error(JSON.stringify(ready));
      const backend = createWasmBackend({ lanes: 2, spawn });
      return { ...ready.prepared, backend, kernel: await backend.compile(ready.prepared.program) };
    };

    test('cost little: 100,000 patients with and without a listener, interleaved', async () => {
      const { job, kernel, backend } = await vancomycin(100_000);
      let heard = 0;
      const onEndpoints = ({ count }: EndpointBlock) => {
        heard += count;
      };
      // The processor's time, of all threads: others may be using the machine.
      const timed = async (options: RunOptions) => {
        const begun = process.cpuUsage();
        await kernel.run(job, options);
        const { user, system } = process.cpuUsage(begun);
        return (user + system) / 1000;
      };
      await timed({});
      const rounds: { readonly without: number; readonly ratio: number }[] = [];
      for (let round = 0; round < 7; round++) {
        // Which comes first changes from round to round.
        const before = round % 2 === 0 ? await timed({}) : Number.NaN;
        const listening = await timed({ onEndpoints });
        const without = round % 2 === 0 ? before : await timed({});
        rounds.push({ without, ratio: listening / without });
      }
      const sorted = (of: (round: (typeof rounds)[number]) => number) => rounds.map(of).sort((a, b) => a - b);
      const ratios = sorted(({ ratio }) => ratio);
      console.log(
        `median ${sorted(({ without }) => without)[3]?.toFixed(0)} ms of processor without a listener`,
      );
      console.log(`with / without: ${ratios.map((ratio) => ratio.toFixed(3))}`);
      expect(heard).toBe(700_000);
      expect(ratios[3]).toBeLessThan(1.15);
      backend.dispose();
    }, 600_000);

    test('take no memory that grows with the patients: a million', async () => {
      const { job, kernel, backend, program } = await vancomycin(1_000_000);
      /** Most memory [MiB]: of the process, and of arrays in this thread. */
      const most = async (listening: boolean) => {
        const peak = { rss: 0, arrays: 0 };
        let heard = 0;
        const look = () => {
          const { rss, arrayBuffers } = process.memoryUsage();
          peak.rss = Math.max(peak.rss, Math.round(rss / 2 ** 20));
          peak.arrays = Math.max(peak.arrays, Math.round(arrayBuffers / 2 ** 20));
        };
        const onEndpoints = ({ count, first }: EndpointBlock) => {
          heard += count;
          if (first % 5120 === 0) look();
        };
        await kernel.run(job, listening ? { onEndpoints } : { onProgress: look });
        expect(heard).toBe(listening ? 1_000_000 : 0);
        return peak;
      };
      const silent = await most(false);
      const first = await most(true);
      const second = await most(true);
      console.log(`${program.endpoints.length} endpoints`, JSON.stringify({ silent, first, second }));
      // All endpoints of a million patients would be 16 MB an endpoint; what waits is at most 16 MiB, and garbage.
      expect(second.arrays - silent.arrays).toBeLessThan(40);
      expect(second.rss - silent.rss).toBeLessThan(60);
      backend.dispose();
    }, 600_000);
  },
);
