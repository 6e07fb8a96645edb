// Chunks that fit their time, by the device's clock where it has one.
import { describe, expect, it } from 'vitest';
import { nextChunk, openClock } from '../../src/engine/webgpu-clock.ts';
import { openGpu } from '../../src/engine/webgpu-device.ts';
import { device, gpu } from './gpu.ts';

describe('the size of a chunk', () => {
  it.each([0.0001, 0.02, 0.3, 0.6])('settles at 30 to 50 ms where a patient takes %s ms', (each) => {
    let chunk = 512;
    const times: number[] = [];
    for (let i = 0; i < 12; i++) {
      const ms = 1 + chunk * each;
      chunk = nextChunk(chunk, chunk, ms);
      times.push(ms);
    }
    const last = times.at(-1) ?? 0;
    expect(last).toBeGreaterThan(29);
    expect(last).toBeLessThanOrEqual(50);
    // Once it fits, it never grows out of its time again.
    const fits = times.findIndex((ms) => ms <= 50);
    expect(Math.max(...times.slice(fits))).toBeLessThanOrEqual(50);
  });

  it('learns nothing from a small last chunk that took its time, and little from one that did not', () => {
    expect(nextChunk(4096, 64, 40)).toBe(4096);
    expect(nextChunk(4096, 64, 2)).toBe(4096);
    expect(nextChunk(512, 512, 0)).toBe(4096);
  });
});

describe.skipIf(!gpu?.device.features.has('timestamp-query'))("the device's clock", () => {
  it('reads differences beyond 32 bits and refuses nonsense', () => {
    const clock = openClock(openGpu(device()));
    if (!clock) throw new Error('the device has a clock');
    const difference = (words: readonly number[]) => clock.milliseconds(Uint32Array.from(words));
    // From 1,000,000 ns before the low word turns over to 5,000,000 ns after.
    expect(difference([2 ** 32 - 1_000_000, 0, 5_000_000, 1])).toBeCloseTo(6, 9);
    expect(difference([5, 0, 5, 0])).toBeUndefined();
    expect(difference([5, 1, 5, 0])).toBeUndefined();
    expect(clock.milliseconds(undefined)).toBeUndefined();
    clock.dispose();
  });
});
