// Both shapes of the loops over segments and steps give the same bits, for models that dose, watch, fail and are stiff.
import { beforeEach, describe, expect, it } from 'vitest';
import { METHODS } from '../../src/codegen/methods.ts';
import type { Job } from '../../src/engine/backend.ts';
import { forgetShapes, openTrial, rememberedShape, type Shape } from '../../src/engine/webgpu-shapes.ts';
import { call } from '../../src/language/expression.ts';
import { columnsOf, DOSED, INFUSIONS, jobFor, SWING, s, scalar, sub } from '../codegen/fixtures.ts';
import { backend, gpu } from './gpu.ts';

const spread = (count: number, low: number, high: number) =>
  Array.from({ length: count }, (_, i) => low + ((high - low) * ((i * 37) % count)) / count);
const PATIENTS = 100;
const everyone = Array.from({ length: PATIENTS }, (_, i) => i);
/** x' = K x^2 - x from 1: decays for K under 1, blows up in finite time above. */
const HALF = scalar('half', 1, sub(call('mul', s('p.K'), call('mul', s('y.x'), s('y.x'))), s('y.x')));
const times = (horizon: number) => Float64Array.from({ length: 13 }, (_, i) => (i * horizon) / 12);

const CASES: readonly (readonly [string, typeof DOSED, Job])[] = [
  [
    'doses of every therapy',
    DOSED,
    jobFor(DOSED, {
      horizon: 48,
      patients: PATIENTS,
      columns: columnsOf('dosed', spread(PATIENTS, 0.05, 2)),
      times: times(48),
      arms: DOSED.therapies.map((_, therapy) => ({ therapy, study: Float64Array.of(80) })),
    }),
  ],
  [
    'infusions and an area',
    INFUSIONS,
    jobFor(INFUSIONS, {
      horizon: 72,
      patients: PATIENTS,
      columns: columnsOf('infused', spread(PATIENTS, 45, 115), spread(PATIENTS, -0.6, 0.6)),
      times: times(72),
      arms: [0, 1].map((therapy) => ({ therapy, study: Float64Array.of(4.5, 1000, 12) })),
    }),
  ],
  [
    'turns and crossings inside steps',
    SWING,
    jobFor(SWING, {
      horizon: 20,
      patients: PATIENTS,
      columns: columnsOf('swung', ...SWING.columns.map(() => spread(PATIENTS, 0.5, 3))),
      times: times(20),
    }),
  ],
  [
    'patients that fail',
    HALF,
    jobFor(HALF, {
      horizon: 10,
      patients: PATIENTS,
      columns: columnsOf('half', spread(PATIENTS, 0.2, 3)),
      times: times(10),
    }),
  ],
];

describe.skipIf(!gpu)('the flat shape of the loops', () => {
  const runs = CASES.flatMap(([what, program, job]) =>
    Object.values(METHODS).map((method) => [what, method.name, { ...program, method }, job] as const),
  );
  it.each(runs)('gives the same bits as the nested one: %s, %s', async (_, name, program, given) => {
    const job = name === 'rk4' ? { ...given, solver: { ...given.solver, step: 0.05 } } : given;
    const [nested, flat] = await Promise.all(
      (['nested', 'flat'] as const).map(async (shape) => {
        const kernel = await backend({ shape }).compile(program);
        return kernel.individuals(job, everyone);
      }),
    );
    // Object.is tells NaN from numbers and 0 from -0.
    expect(flat).toEqual(nested);
    const done = nested?.arms.flatMap((arm) => Array.from(arm.status)).filter((status) => status === 0) ?? [];
    expect(done.length).toBeGreaterThan(PATIENTS / 5);
  });
});

describe('the trial of the shapes', () => {
  beforeEach(forgetShapes);
  /** Chunks of 1,000 steps; milliseconds of each shape. Returns the shapes that ran. */
  const run = (chunks: number, took: Record<Shape, number>, store?: Parameters<typeof openTrial>[1]) => {
    const trial = openTrial('adapter', store);
    return Array.from({ length: chunks }, () => {
      const { shape, wanted } = trial;
      trial.note(shape, took[shape], 1000, wanted);
      return shape;
    });
  };

  it('runs nested until runs are long, then both in turn, then the faster one', () => {
    const order = run(12, { nested: 40, flat: 20 });
    expect(order.join(' ')).toMatch(/^(nested ){4}(flat nested ){2}flat( flat)+$/);
    expect(rememberedShape('adapter')).toBe('flat');
    expect(rememberedShape('another')).toBeUndefined();
  });

  it.each([
    [60, 'slower'],
    [39.5, 'hardly faster'],
  ])('stays nested where flat takes %s instead of 40 ms: %s', (flat) => {
    run(12, { nested: 40, flat });
    expect(rememberedShape('adapter')).toBe('nested');
  });

  it('learns nothing from chunks of a millisecond', () => {
    expect(new Set(run(50, { nested: 1, flat: 0.5 }))).toEqual(new Set(['nested']));
    expect(rememberedShape('adapter')).toBeUndefined();
  });

  it('finds in the store what an earlier page measured, and does without a store that throws', () => {
    const kept = new Map<string, string>();
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    run(12, { nested: 40, flat: 20 }, store);
    forgetShapes();
    expect(rememberedShape('adapter', store)).toBe('flat');
    expect(run(1, { nested: 40, flat: 20 }, store)).toEqual(['flat']);
    kept.set([...kept.keys()][0] ?? '', 'round');
    expect(rememberedShape('adapter', store)).toBeUndefined();
    const forbidden = {
      getItem: (): string | null => {
        throw new Error('SecurityError');
      },
      setItem: () => {
        throw new Error('QuotaExceededError');
      },
    };
    run(12, { nested: 40, flat: 20 }, forbidden);
    expect(rememberedShape('adapter', forbidden)).toBe('flat');
  });
});

describe.skipIf(!gpu)('a long run on a device whose shapes are not measured', () => {
  it('measures both, and counts what one shape alone would', async () => {
    forgetShapes();
    const [, program, given] = CASES[1] ?? [];
    if (!program || !given) throw new Error('no case');
    const kept = new Map<string, string>();
    const store = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    };
    const kernel = await backend({ device: 'unknown', store }).compile(program);
    // Long is a matter of the device: more patients until its chunks told enough.
    let job: Job = { ...given, solver: { ...given.solver, rtol: 1e-6 } };
    let measured = await kernel.run({ ...job, patients: 1000 });
    for (let patients = 20_000; kept.size === 0 && patients <= 5_120_000; patients *= 2) {
      job = { ...job, patients };
      measured = await kernel.run(job);
    }
    const nested = await (await backend({ shape: 'nested' }).compile(program)).run(job);
    const counts = (summary: typeof nested) =>
      summary.arms.map((arm) => [arm.steps, ...[...arm.outputs, ...arm.endpoints].map((h) => h.counts)]);
    expect(counts(measured)).toEqual(counts(nested));
    expect([...kept.values()]).toEqual([expect.stringMatching(/^(nested|flat)$/)]);
  });
});
