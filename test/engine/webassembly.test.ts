// The WebAssembly backend: the same bits for any number of lanes, dead lanes, cancelling, summaries, probes.
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ColumnSource, Job, Summary } from '../../src/engine/backend.ts';
import { DeviceError } from '../../src/engine/backend.ts';
import { mean, quantile } from '../../src/engine/histogram.ts';
import { inProcessLane, type LaneHandle } from '../../src/engine/lane-host.ts';
import { tickOf, toTicks } from '../../src/engine/lane-memory.ts';
import { createWasmBackend, probe } from '../../src/engine/webassembly.ts';
import { call } from '../../src/language/expression.ts';
import { decay, jobFor, mul, n, s, sketch, twoCompartments } from '../codegen/wasm-fixtures.ts';
import { byStatus } from './statuses.ts';

const program = twoCompartments([[0, 'central', n(1000), n(0), n(12), n(4), n(1)]], {
  watch: [[s('y.central'), s('f.central')]],
  accumulators: [{ kind: 'max', of: 0, window: 0 }],
  windows: 1,
  endpoints: [s('a.0')],
});

/** Patients that differ, some by a lot; patient i is the same in any reading. */
const cohort: ColumnSource = {
  key: 'cohort',
  read: (first, count) => {
    const spread = (patient: number, k: number) => 1 + 0.9 * Math.sin(patient * 12.9898 + k * 78.233);
    const centre = [4.5, 58.5, 6.5, 38.5];
    return Float32Array.from(
      centre.flatMap((x, k) => Array.from({ length: count }, (_, i) => x * spread(first + i, k))),
    );
  },
};
const job = (more: Partial<Job> = {}): Job =>
  jobFor(program, {
    patients: 700,
    horizon: 48,
    times: Float64Array.from({ length: 25 }, (_, i) => 2 * i),
    windows: [[0, 48]],
    columns: cohort,
    arms: [
      { therapy: 0, study: new Float64Array(0) },
      { therapy: -1, study: new Float64Array(0) },
    ],
    rtol: 1e-4,
    ...more,
  });
const lanes = (count: number) => createWasmBackend({ lanes: count, spawn: inProcessLane });
const run = async (
  backend: ReturnType<typeof createWasmBackend>,
  more: Partial<Job> = {},
): Promise<Summary> => (await backend.compile(program)).run(job(more));

/** Every bit of a summary, short enough to compare and print. */
function bitsOf(summary: Summary): string {
  const hash = createHash('sha256').update(`${summary.patients}`);
  for (const { statuses, steps, outputs, endpoints } of summary.arms) {
    hash.update(`${statuses} ${steps}`);
    for (const { counts, missing, sum, min, max } of [...outputs, ...endpoints])
      for (const column of [counts, missing, sum, min, max]) hash.update(new Uint8Array(column.buffer));
  }
  return hash.digest('hex');
}

describe('summaries', () => {
  test('are the same bits for 1, 2 and 5 lanes', async () => {
    const one = await run(lanes(1));
    expect(bitsOf(await run(lanes(2)))).toBe(bitsOf(one));
    expect(bitsOf(await run(lanes(5)))).toBe(bitsOf(one));
    expect(one.patients).toBe(700);
    expect(one.arms[0]?.statuses).toEqual(byStatus({ done: 700 }));
  });

  test('have the same counts, missing, smallest and largest values for any chunk', async () => {
    const withoutSums = (summary: Summary) => {
      for (const { outputs, endpoints } of summary.arms)
        for (const { sum } of [...outputs, ...endpoints]) sum.fill(0);
      return bitsOf(summary);
    };
    const small = await run(createWasmBackend({ chunk: 7 }));
    const large = await run(createWasmBackend({ chunk: 512 }));
    for (let column = 0; column < 25; column++) {
      const [a, b] = [small, large].map(({ arms }) => arms[0]?.outputs[0]?.sum[column] ?? Number.NaN);
      expect(Math.abs((a ?? 0) - (b ?? 0))).toBeLessThanOrEqual(1e-12 * Math.abs(b ?? 0));
    }
    expect(withoutSums(small)).toBe(withoutSums(large));
  });

  test('agree with the same patients solved one by one', async () => {
    const kernel = await lanes(2).compile(program);
    const summary = await kernel.run(job());
    const patients = Array.from({ length: 700 }, (_, i) => i);
    const { arms } = await kernel.individuals(job(), patients);
    const peaks = arms[0]?.endpoints ?? new Float64Array(0);
    const histogram = summary.arms[0]?.endpoints[0];
    if (histogram === undefined) throw new Error('no endpoint');
    const average = peaks.reduce((sum, x) => sum + x, 0) / 700;
    expect(Math.abs((mean(histogram, 0) ?? 0) - average)).toBeLessThan(1e-9 * average);
    const middle = peaks.slice().sort()[349] ?? 0;
    expect(Math.abs((quantile(histogram, 0, 0.5) ?? 0) - middle)).toBeLessThan(middle * 2 ** -7);
    expect(summary.arms[0]?.steps).toBe(arms[0]?.steps.reduce((sum, x) => sum + x, 0));
  });

  test('leave failed patients out of everything but the statuses', async () => {
    // log(k - 2.5): patients with k below 2.5 fail.
    const some = sketch({
      columns: ['k'],
      states: { x: [n(1), mul(s('y.x'), call('log', call('sub', s('p.k'), n(2.5))))] },
      outputs: { x: s('y.x') },
    });
    const columns: ColumnSource = {
      key: 'k',
      read: (first, count) => Float32Array.from({ length: count }, (_, i) => (first + i) % 5),
    };
    const kernel = await lanes(2).compile(some);
    const { arms } = await kernel.run(
      jobFor(some, { patients: 1000, columns, horizon: 1, times: Float64Array.of(0, 1) }),
    );
    expect(arms[0]?.statuses).toEqual(byStatus({ done: 400, 'not finite': 600 }));
    expect(arms[0]?.outputs[0]?.counts.reduce((sum, x) => sum + x, 0)).toBe(2 * 400);
  });

  test('progress counts patients and ends with all of them', async () => {
    const heard: number[] = [];
    const kernel = await lanes(3).compile(program);
    await kernel.run(job(), { onProgress: (finished) => heard.push(finished) });
    expect(heard).toEqual([256, 512, 700]);
  });

  test('a cohort that does not begin at patient 0, and one of nobody', async () => {
    const kernel = await lanes(2).compile(program);
    const part = await kernel.run(job({ first: 300, patients: 10 }));
    const { arms } = await kernel.individuals(
      job(),
      Array.from({ length: 10 }, (_, i) => 300 + i),
    );
    expect(part.arms[0]?.endpoints[0]?.max[0]).toBe(Math.max(...(arms[0]?.endpoints ?? [])));
    const none = await kernel.run(job({ patients: 0 }));
    expect(none.patients).toBe(0);
    expect(none.arms[0]?.steps).toBe(0);
  });
});

describe('individuals', () => {
  test('do not depend on who is asked for with them, or in which order', async () => {
    const kernel = await lanes(1).compile(program);
    const some = await kernel.individuals(job(), [17, 3, 600]);
    const alone = await kernel.individuals(job(), [17]);
    expect(some.arms[0]?.endpoints[0]).toBe(alone.arms[0]?.endpoints[0]);
    for (let t = 0; t < 25; t++) expect(some.arms[0]?.outputs[3 * t]).toBe(alone.arms[0]?.outputs[t]);
    expect(some.patients).toEqual([17, 3, 600]);
  });

  test('a patient that cannot exist is refused', async () => {
    const kernel = await lanes(1).compile(program);
    await expect(kernel.individuals(job(), [-1])).rejects.toThrow(/patient -1 does not exist/);
  });
});

describe('lanes that die', () => {
  /** In-process lanes; lane number i dies at its `fatal[i]`-th chunk. */
  const mortal = (fatal: readonly number[]) => {
    let started = 0;
    return (): LaneHandle => {
      const at = fatal[started++] ?? Number.POSITIVE_INFINITY;
      const { lane } = inProcessLane();
      let chunks = 0;
      let die: (reason: Error) => void = () => undefined;
      const died = new Promise<Error>((resolve) => {
        die = resolve;
      });
      return {
        lane: {
          ...lane,
          run: (id, chunk) => {
            if (++chunks < at) return lane.run(id, chunk);
            die(new Error('killed for the test'));
            return new Promise(() => undefined);
          },
        },
        died,
        dispose: () => undefined,
      };
    };
  };
  const small = { chunk: 32 };

  test('are replaced, and the summary has the same bits', async () => {
    const whole = await run(createWasmBackend(small));
    for (const fatal of [[1], [5], [20, 3], [Number.POSITIVE_INFINITY, 9]])
      expect(
        bitsOf(await run(createWasmBackend({ ...small, lanes: 2, spawn: mortal(fatal) }))),
        `${fatal}`,
      ).toBe(bitsOf(whole));
  });

  test('end the run with a reason when they keep dying', async () => {
    const backend = createWasmBackend({ ...small, lanes: 2, spawn: mortal(new Array<number>(50).fill(1)) });
    await expect(run(backend)).rejects.toThrow(DeviceError);
  });

  test('a lane that died between two runs is replaced too', async () => {
    let kill: (reason: Error) => void = () => undefined;
    let started = 0;
    const backend = createWasmBackend({
      ...small,
      spawn: () => {
        const handle = inProcessLane();
        if (started++ > 0) return handle;
        const died = new Promise<Error>((resolve) => {
          kill = resolve;
        });
        return { ...handle, died };
      },
    });
    const before = await run(backend);
    kill(new Error('gone'));
    await Promise.resolve();
    expect(bitsOf(await run(backend))).toBe(bitsOf(before));
    expect(started).toBe(2);
  });
});

describe('cancelling', () => {
  // Retried: another process may hold the cores for longer than that.
  test('takes effect within 200 ms and leaves the backend usable', { retry: 4 }, async () => {
    const kernel = await lanes(1).compile(program);
    const controller = new AbortController();
    const started = performance.now();
    const running = kernel.run(job({ patients: 1_000_000 }), { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 60);
    await expect(running).rejects.toThrow('enough');
    expect(performance.now() - started).toBeLessThan(260);
    const again = performance.now();
    expect((await kernel.run(job({ patients: 10 }))).patients).toBe(10);
    expect(performance.now() - again).toBeLessThan(200);
  });

  test('a signal that was aborted before stops everything', async () => {
    const kernel = await lanes(1).compile(program);
    await expect(kernel.run(job(), { signal: AbortSignal.abort(new Error('early')) })).rejects.toThrow(
      'early',
    );
  });
});

test('a probe finds the scales of states, outputs and endpoints', async () => {
  const kernel = await lanes(1).compile(program);
  const found = await probe(kernel, job(), [0, 1, 2, 3]);
  const { arms } = await kernel.individuals(job(), [0, 1, 2, 3]);
  const peak = Math.max(...(arms[0]?.endpoints ?? []));
  // The largest central amount is the largest peak; steps see it to a few percent, never above.
  expect(found.stateScale[0]).toBeGreaterThan(0.9 * peak);
  expect(found.stateScale[0]).toBeLessThanOrEqual(peak * (1 + 1e-12));
  expect(found.outputs[0]?.max).toBe(Math.max(...(arms[0]?.outputs ?? [])));
  expect(found.outputs[0]?.min).toBe(0);
  expect(found.outputs[0]?.smallest).toBeGreaterThan(0);
  expect(found.endpoints[0]?.max).toBe(peak);
  expect(found.statuses).toEqual(byStatus({ done: 8 }));
});

describe('ticks', () => {
  test('a horizon is between 2^43 and 2^44 ticks, and whole hours are whole ticks', () => {
    for (const horizon of [1e-3, 1, 24, 168, 365.25, 8760, 1e6]) {
      const ticks = horizon / tickOf(horizon);
      expect(ticks).toBeGreaterThanOrEqual(2 ** 43);
      expect(ticks).toBeLessThan(2 ** 44);
    }
    expect(toTicks(12, tickOf(168)) + toTicks(12, tickOf(168))).toBe(toTicks(24, tickOf(168)));
    expect([0.5, 1.5, 2.5, -0.5, 1.4999].map((x) => toTicks(x, 1))).toEqual([0, 2, 2, 0, 1].map((x) => x));
  });

  test('a horizon of 0 and output times out of order are refused with the value', async () => {
    const simple = decay(n(1));
    const kernel = await lanes(1).compile(simple);
    await expect(kernel.individuals(jobFor(simple, { horizon: 0 }), [0])).rejects.toThrow(/horizon is 0/);
    const times = Float64Array.of(0, 2, 1);
    await expect(kernel.individuals(jobFor(simple, { times }), [0])).rejects.toThrow(
      /output time 1 \(number 3\)/,
    );
  });
});
