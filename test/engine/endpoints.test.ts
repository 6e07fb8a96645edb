// Every patient's endpoints as they leave a run: each patient once, all arms together, the values of the patients one by
// one, whatever the backend, lanes, chunks and rows. And pool and engine, which must not tell of anyone twice.
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Backend,
  DeviceError,
  type EndpointBlock,
  type Individuals,
  type Job,
  type Kernel,
  STATUSES,
  type Summary,
} from '../../src/engine/backend.ts';
import { openEngine } from '../../src/engine/engine.ts';
import type { Lane, LaneProgram } from '../../src/engine/lane.ts';
import { inProcessLane } from '../../src/engine/lane-host.ts';
import { createPool } from '../../src/engine/pool.ts';
import { createWasmBackend, type WasmKernel } from '../../src/engine/webassembly.ts';
import { columnsOf, INFUSIONS, jobFor } from '../codegen/fixtures.ts';
import { closeEngines, engineFor, TESTED_KERNELS } from './engines.ts';
import { backend, gpu } from './gpu.ts';

afterAll(closeEngines);

const PATIENTS = 700;
const FIRST = 90;
/** Bodies that differ in work, so that a GPU sorts them, and some without a weight, who fail. */
const COHORT = columnsOf(
  'bodies',
  Array.from({ length: 997 }, (_, i) => (i % 97 === 5 ? Number.NaN : 45 + ((i * 61) % 70))),
  Array.from({ length: 991 }, (_, i) => 1.4 * Math.sin(i)),
);
const study = Float64Array.of(4.5, 1000, 12);
/** The first and the third arm are the same. */
const job = (parts: Partial<Job> = {}): Job =>
  jobFor(INFUSIONS, {
    horizon: 48,
    first: FIRST,
    patients: PATIENTS,
    columns: COHORT,
    times: Float64Array.of(0, 24, 48),
    windows: [
      [24, 48],
      [0, 48],
    ],
    arms: [0, 1, 0].map((therapy) => ({ therapy, study })),
    ...parts,
  });
const EVERYBODY = Array.from({ length: PATIENTS }, (_, i) => FIRST + i);

interface Heard {
  /** Times that each patient was told of, from the job's first one on. */
  readonly times: Uint8Array;
  /** First patients of the blocks, as they came. */
  readonly starts: number[];
  /** Per arm as in Individuals. */
  readonly arms: readonly { readonly status: Uint8Array; readonly endpoints: Float64Array }[];
  listen(block: EndpointBlock): void;
}

function hearing(arms: number, endpoints: number, patients = PATIENTS, first = FIRST): Heard {
  const heard = {
    times: new Uint8Array(patients),
    starts: [] as number[],
    arms: Array.from({ length: arms }, () => ({
      status: new Uint8Array(patients),
      endpoints: new Float64Array(endpoints * patients),
    })),
  };
  return {
    ...heard,
    listen(block) {
      heard.starts.push(block.first);
      expect(block.arms).toHaveLength(arms);
      for (let i = 0; i < block.count; i++) {
        const at = block.first + i - first;
        heard.times[at] = (heard.times[at] ?? 0) + 1;
        for (const [a, arm] of block.arms.entries()) {
          expect(arm.endpoints).toHaveLength(endpoints * block.count);
          const into = heard.arms[a];
          if (into === undefined) throw new Error('no arm');
          into.status[at] = arm.status[i] ?? 255;
          for (let e = 0; e < endpoints; e++)
            into.endpoints[e * patients + at] = arm.endpoints[e * block.count + i] ?? -1;
        }
        // What is heard is valid during the call only.
      }
      for (const { status, endpoints: values } of block.arms) {
        status.fill(255);
        values.fill(-1);
      }
    },
  };
}

/**
 * All but the sums, whose last bits are a GPU's own, and the steps: of a patient that fails at once the vector kernels count
 * as many as its neighbours take.
 */
const counts = ({ arms }: Summary) =>
  arms.map(({ statuses, outputs, endpoints, notable }) => ({
    statuses,
    notable,
    series: [...outputs, ...endpoints].map(({ counts, missing, min, max }) => ({
      counts,
      missing,
      min,
      max,
    })),
  }));
const sums = ({ arms }: Summary) => arms.map(({ endpoints }) => endpoints.map(({ sum }) => sum));

const once = (patients = PATIENTS) => new Uint8Array(patients).fill(1);
const valuesOf = ({ arms }: Pick<Individuals | Heard, 'arms'>) =>
  arms.map(({ status, endpoints }) => ({ status, endpoints }));

describe.each(TESTED_KERNELS)('endpoints by patient, %s', (name) => {
  it('tell of every patient once, with the values of the patients one by one', async () => {
    const engine = await engineFor(name);
    const alone = await engine.individuals(INFUSIONS, job(), EVERYBODY);
    const silent = await engine.run(INFUSIONS, job());
    const heard = hearing(3, 3);
    const { summary } = await engine.run(INFUSIONS, job(), { onEndpoints: heard.listen });
    expect(heard.times).toEqual(once());
    expect(valuesOf(heard)).toEqual(valuesOf(alone));
    // In the patients' order, which rescue.ts counts on.
    expect(heard.starts).toEqual([...heard.starts].sort((a, b) => a - b));
    // Some failed, and the rest differ.
    const failed = [...(heard.arms[1]?.status ?? [])].filter((status) => status !== 0).length;
    expect(failed).toBeGreaterThan(3);
    expect(summary.arms[1]?.statuses[STATUSES.indexOf('done')]).toBe(PATIENTS - failed);
    expect(new Set(heard.arms[0]?.endpoints).size).toBeGreaterThan(PATIENTS);
    // Who listens changes no count.
    expect(counts(summary)).toEqual(counts(silent.summary));
  });

  it('give two equal arms exactly equal values', async () => {
    const engine = await engineFor(name);
    const heard = hearing(3, 3);
    await engine.run(INFUSIONS, job(), { onEndpoints: heard.listen });
    expect(heard.arms[2]).toEqual(heard.arms[0]);
    expect(heard.arms[1]?.endpoints).not.toEqual(heard.arms[0]?.endpoints);
  });

  it('are missing where an endpoint is', async () => {
    const engine = await engineFor(name);
    const beyond = job({ windows: [[24, 60], [0, 48]] }); // biome-ignore format: windows
    const heard = hearing(3, 3);
    await engine.run(INFUSIONS, beyond, { onEndpoints: heard.listen });
    const [arm] = heard.arms;
    expect([...(arm?.endpoints.subarray(0, PATIENTS) ?? [0])].every(Number.isNaN)).toBe(true);
    const peaks = [...(arm?.endpoints.subarray(PATIENTS, 2 * PATIENTS) ?? [])];
    expect(peaks.filter(Number.isNaN)).toHaveLength([...(arm?.status ?? [])].filter((s) => s !== 0).length);
  });
});

describe('endpoints by patient, any lanes and chunks', () => {
  const cases = (['scalar', 'f64x2', 'f32x4'] as const).flatMap((kernel) =>
    ([[1, 256], [2, 7], [3, 64], [4, 1]] as const).map(([lanes, chunk]) => [kernel, lanes, chunk] as const),
  ); // biome-ignore format: lanes, chunk
  it.each(cases)('%s, %i lanes, chunks of %i', async (kernel, lanes, chunk) => {
    const compile = (o: { lanes?: number; chunk?: number; kernel?: WasmKernel }) =>
      createWasmBackend({ kernel, spawn: inProcessLane, ...o }).compile(INFUSIONS);
    const alone = await (await compile({})).individuals(job(), EVERYBODY);
    const heard = hearing(3, 3);
    const cut = await compile({ lanes, chunk });
    const summary = await cut.run(job(), { onEndpoints: heard.listen });
    expect(heard.times).toEqual(once());
    expect(valuesOf(heard)).toEqual(valuesOf(alone));
    const silent = await cut.run(job());
    expect(counts(summary)).toEqual(counts(silent));
    expect(sums(summary)).toEqual(sums(silent));
  });

  it.skipIf(!gpu)('on the GPU with chunks of 64 and patients sorted by their work', async () => {
    const coarse = { mantissaBits: 1, low: -20, high: 20, signed: true };
    const small = job({ bins: { outputs: [coarse], endpoints: [coarse, coarse, coarse] } });
    const kernel = await backend({ largestBinding: 8000 }).compile(INFUSIONS);
    const alone = await kernel.individuals(small, EVERYBODY);
    // The second run knows how long each patient takes.
    for (const round of ['first', 'sorted']) {
      const heard = hearing(3, 3);
      await kernel.run(small, { onEndpoints: heard.listen });
      expect(heard.times, round).toEqual(once());
      expect(valuesOf(heard), round).toEqual(valuesOf(alone));
    }
    kernel.dispose();
  });

  it.skipIf(!gpu)('on the GPU with several chunks counted together', async () => {
    const many = job({ patients: 2500 });
    const kernel = await backend().compile(INFUSIONS);
    const alone = await kernel.individuals(
      many,
      Array.from({ length: 2500 }, (_, i) => FIRST + i),
    );
    const heard = hearing(3, 3, 2500);
    await kernel.run(many, { onEndpoints: heard.listen });
    expect(heard.times).toEqual(once(2500));
    expect(valuesOf(heard)).toEqual(valuesOf(alone));
    kernel.dispose();
  });

  it('end with the run when the listener throws', async () => {
    const kernel = await createWasmBackend({ lanes: 2, spawn: inProcessLane, chunk: 16 }).compile(INFUSIONS);
    let blocks = 0;
    const onEndpoints = () => {
      blocks++;
      throw new Error('enough');
    };
    await expect(kernel.run(job(), { onEndpoints })).rejects.toThrow('enough');
    expect(blocks).toBe(1);
    kernel.dispose();
  });
});

describe('a pool that is not to run far ahead', () => {
  /** Lanes that answer when told to. */
  const idle = { compile: async () => {}, release: async () => {} } as unknown as Lane;
  const spawn = () => ({ lane: idle, died: new Promise<Error>(() => {}), dispose: () => {} });
  const work = {
    pieces: 60,
    program: { id: 1 } as unknown as LaneProgram,
    begin: async () => {},
    finish: async () => {},
    cancel: async () => {},
  };

  it('lets few results wait behind a slow piece, and gives all in their order', async () => {
    const begun: number[] = [];
    const given: number[] = [];
    let release = () => {};
    const slow = new Promise<void>((resolve) => {
      release = resolve;
    });
    const running = createPool(3, spawn).run({
      ...work,
      ahead: 8,
      async run(_, piece) {
        begun.push(piece);
        if (piece === 4) await slow;
        return piece;
      },
      onPiece: (piece, result) => given.push(piece === result ? piece : Number.NaN),
    });
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(given).toEqual([0, 1, 2, 3]);
    expect(Math.max(...begun)).toBe(11);
    release();
    await running;
    expect(given).toEqual(Array.from({ length: 60 }, (_, piece) => piece));
  });

  it('goes on when the lane that all wait for dies', async () => {
    const given: number[] = [];
    let killFirst = () => {};
    let started = 0;
    const died = new Promise<Error>((resolve) => {
      killFirst = () => resolve(new Error('gone'));
    });
    const mortal = () => ({ ...spawn(), ...(started++ === 0 && { died }) });
    let stuck = true;
    const running = createPool(2, mortal).run({
      ...work,
      ahead: 6,
      async run(_, piece) {
        if (piece === 0 && stuck) {
          stuck = false;
          setTimeout(killFirst, 20);
          await new Promise(() => {});
        }
        return piece;
      },
      onPiece: (piece) => given.push(piece),
    });
    await running;
    expect(given).toEqual(Array.from({ length: 60 }, (_, piece) => piece));
  });
});

describe('an engine whose GPU is lost after a block was heard', () => {
  /** The first run of the GPU tells of two patients and dies. */
  const mortal = async (): Promise<{ backend: Backend; software: boolean }> => {
    const real = createWasmBackend();
    let runs = 0;
    return {
      software: false,
      backend: {
        ...real,
        name: 'webgpu',
        async compile(program) {
          const kernel = await real.compile(program);
          return {
            ...kernel,
            async run(of, options) {
              if (losses > 0 && runs++ === 0) {
                losses--;
                await kernel.run({ ...of, patients: 2 }, options);
                throw new DeviceError('the driver was reset');
              }
              return kernel.run(of, options);
            },
          } satisfies Kernel;
        },
      },
    };
  };
  let losses = 0;
  const open = () => openEngine({ webassembly: async () => createWasmBackend(), webgpu: mortal }, 'webgpu');

  it('tells the listener that the run starts anew, and then of every patient once', async () => {
    losses = 1;
    const engine = await open();
    let heard = hearing(3, 3);
    const restarts: number[] = [];
    const { summary } = await engine.run(INFUSIONS, job(), {
      onEndpoints: (block) => heard.listen(block),
      onRestart() {
        restarts.push(heard.times.reduce((a, b) => a + b, 0));
        heard = hearing(3, 3);
      },
    });
    expect(restarts).toEqual([2]);
    expect(heard.times).toEqual(once());
    expect(summary.patients).toBe(PATIENTS);
    engine.dispose();
  });

  it('leaves the loss to a caller who could not be told, and goes on after it', async () => {
    losses = 1;
    const engine = await open();
    const first = hearing(3, 3);
    await expect(engine.run(INFUSIONS, job(), { onEndpoints: first.listen })).rejects.toThrow(DeviceError);
    expect(first.times.reduce((a, b) => a + b, 0)).toBe(2);
    const second = hearing(3, 3);
    await engine.run(INFUSIONS, job(), { onEndpoints: second.listen });
    expect(second.times).toEqual(once());
    engine.dispose();
  });
});
