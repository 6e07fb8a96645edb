import { describe, expect, test } from 'vitest';
import type { EndpointBlock } from '../../src/engine/backend.ts';
import { keepEndpoints, memoryStore } from '../../src/study/kept-endpoints.ts';

/** Two arms, two endpoints: endpoint e of patient p in arm a is p + 1000 a + 0.5 e. */
function blockOf(first: number, count: number): EndpointBlock {
  const arm = (a: number) => ({
    status: Uint8Array.from({ length: count }, (_, i) => ((first + i) % 7 === 6 ? 3 : 0)),
    endpoints: Float64Array.from(
      { length: 2 * count },
      (_, at) => first + (at % count) + 1000 * a + 0.5 * Math.floor(at / count),
    ),
  });
  return { first, count, arms: [arm(0), arm(1)] };
}
const rowOf = (patient: number) => {
  const status = patient % 7 === 6 ? 3 : 0;
  return [0, 1].flatMap((a) => [status, patient + 1000 * a, patient + 1000 * a + 0.5]);
};

describe('endpoints that are kept', () => {
  test('are in the patients’ order, whatever order their blocks come in', () => {
    const kept = keepEndpoints(memoryStore());
    for (const [first, count] of [[20, 5], [0, 9], [10, 10], [9, 1]] as const) // biome-ignore format: a list
      kept.onEndpoints(blockOf(first, count));
    expect([kept.patients, kept.arms, kept.endpoints]).toEqual([25, 2, 2]);
    expect([...kept.read(8, 4)]).toEqual([8, 9, 10, 11].flatMap(rowOf));
    expect([...kept.read(0, 25)]).toEqual(Array.from({ length: 25 }, (_, p) => rowOf(p)).flat());
  });

  test('are those of the last start, where a run starts anew', () => {
    const kept = keepEndpoints(memoryStore());
    const { arms } = blockOf(0, 4);
    kept.onEndpoints({
      first: 0,
      count: 4,
      arms: arms.map((arm) => ({ ...arm, endpoints: arm.endpoints.map(() => 9) })),
    });
    kept.onRestart();
    expect(kept.patients).toBe(0);
    kept.onEndpoints(blockOf(0, 4));
    expect(kept.patients).toBe(4);
    expect([...kept.read(0, 4)]).toEqual([0, 1, 2, 3].flatMap(rowOf));
  });

  test('outlive the arrays that they came in', () => {
    const kept = keepEndpoints(memoryStore());
    const block = blockOf(0, 3);
    kept.onEndpoints(block);
    for (const { status, endpoints } of block.arms) {
      status.fill(5);
      endpoints.fill(-1);
    }
    expect([...kept.read(0, 3)]).toEqual([0, 1, 2].flatMap(rowOf));
  });
});

describe('a store in memory', () => {
  test('takes numbers across its pages and gives them back in any stretch', () => {
    const store = memoryStore();
    const numbers = Float64Array.from({ length: 200_000 }, (_, i) => i / 3);
    store.write(1000, numbers);
    expect(store.read(1000, 200_000)).toEqual(numbers);
    expect(store.read(65_530 + 1000, 20)).toEqual(numbers.subarray(65_530, 65_550));
    expect(store.read(999, 2)).toEqual(Float64Array.of(Number.NaN, 0));
  });

  test('refuses more than it may hold, with a remedy', () => {
    const store = memoryStore(10);
    store.write(8, Float64Array.of(1, 2));
    expect(() => store.write(9, Float64Array.of(1, 2))).toThrow(/more than 10 endpoints.*fewer patients/);
  });
});
