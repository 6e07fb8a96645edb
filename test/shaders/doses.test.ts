// shaders/doses.wgsl, linked with the hand-written stub of a model, against a list of every event of the stream.
import { describe, expect, it } from 'vitest';
import { link } from '../../src/codegen/link.ts';
import { METHODS } from '../../src/codegen/methods.ts';
import { SHADERS } from '../../src/codegen/shader-sources.ts';
import { writeStep } from '../../src/codegen/wgsl-step.ts';
import { device, gpu } from '../engine/gpu.ts';
import { probe } from './harness.ts';

interface Stream {
  readonly start: number;
  readonly interval: number;
  readonly count: number;
  readonly duration: number;
}

const STREAMS: readonly Stream[] = [
  { start: 0, interval: 12, count: 4, duration: 0 },
  { start: 5, interval: 3, count: 3, duration: 7 },
  { start: -6, interval: 4, count: 5, duration: 2 },
  { start: 3, interval: 0, count: 1, duration: 10 },
  { start: 2, interval: 1, count: 0, duration: 1 },
  { start: 40, interval: 1000000000, count: 3, duration: 1000000000 },
];

describe.skipIf(!gpu)('a stream of doses', () => {
  it.each(STREAMS)(
    'starts, ends and comes next as its list of events says: $start $interval $count $duration',
    async (stream) => {
      const starts = Array.from({ length: stream.count }, (_, i) => stream.start + i * stream.interval);
      const ends = starts.map((t) => t + stream.duration);
      const ticks = Array.from({ length: 60 }, (_, i) => i);
      const horizon = '(0x3fffffff)';
      const make = `  var d: Dose;
  d.amount = 8.0f;
  d.rate = 2.0f;
  d.start = ${stream.start};
  d.interval = u32(${stream.count > 1 ? stream.interval : horizon});
  d.duration = ${stream.duration};
  d.count = ${stream.count}u;
  return vec4<u32>(u32(infusion(d, x.x)), u32(bolus(d, x.x)), next_of(d, x.x), 0u);`;
      const out = await probe(
        ['doses'],
        make,
        ticks.map((t) => [t]),
        new Map([['job', jobStub]]),
      );
      for (const t of ticks) {
        const running = starts.filter((at) => at <= t).length - ends.filter((at) => at <= t).length;
        const next = Math.min(
          ...[...starts, ...(stream.duration > 0 ? ends : [])].filter((at) => at > t),
          0xffffffff,
        );
        expect(out[4 * t], `rate at ${t}`).toBe(2 * running);
        expect(out[4 * t + 1], `bolus at ${t}`).toBe(stream.duration === 0 && starts.includes(t) ? 8 : 0);
        expect(out[4 * t + 2], `next after ${t}`).toBe(next);
      }
    },
  );
});

describe.skipIf(!gpu)('the stub of a model', () => {
  it.each(Object.values(METHODS).flatMap((method) => (method.kind === 'explicit' ? [method] : [])))(
    'links and compiles with the kernels and the step of $name',
    async (method) => {
      const own = new Map([
        ...SHADERS,
        ['model', SHADERS.get('model/stub') ?? ''],
        ['step', writeStep(method, ['depot', 'central'])],
        ['loops', '#import loops/nested'],
        ['times', '#import times/anywhere'],
        ['happenings', '#import happenings/none'],
      ]);
      const module = device().createShaderModule({ code: link('simulate', own).code });
      const { messages } = await module.getCompilationInfo();
      expect(messages.filter((m) => m.type === 'error').map((m) => m.message)).toEqual([]);
    },
  );
});

/** The job module without bindings. */
const jobStub = `#import bits
struct Job { horizon: u32, tick: f32 }
const job: Job = Job(1073741823u, 1.0f);
const never: u32 = 0xffffffffu;
const most_ticks: i32 = 0x3fffffff;
`;
