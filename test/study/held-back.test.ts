// Endpoints by patient where some patients failed: who is solved again is told of once, with the values that count, after all
// others; arms in which nothing failed keep the values of the run.
import { afterAll, describe, expect, it } from 'vitest';
import { type EndpointBlock, STATUSES } from '../../src/engine/backend.ts';
import { MOST_LISTED } from '../../src/engine/notable.ts';
import { holdFailed } from '../../src/study/held-back.ts';
import { prepare } from '../../src/study/prepare.ts';
import { rescueFailed } from '../../src/study/rescue.ts';
import { tightJob, tightProgram } from '../../src/study/tight.ts';
import { closeEngines, engineFor, TESTED_BACKENDS } from '../engine/engines.ts';

afterAll(closeEngines);

/** Stiff for a few, and only while treated: an explicit method gives up on them in that arm. */
const STIFF = `model stiff "Stiff for a few"
  time h
covariate STIFF : yes 12 %
random eta ~ normal(sd 0.1)
parameter TREATED = 0 [1] range 0 .. 1
k = if STIFF then (5 + 1e6 * TREATED) * 1 [1/h] else 5 [1/h]
state x : 1 = 0
d/dt(x) = k * (2 * exp(eta) - x)
output level = x
endpoint end = x at 1 h
show until 1 h every 0.5 h
`;
const PATIENTS = 60;

describe.each(TESTED_BACKENDS)('patients that fail in one arm on %s', (backend) => {
  it('are told of once, rescued in that arm, as they were in the other', async () => {
    const engine = await engineFor(backend);
    const study = {
      gemello: 1,
      model: { text: STIFF },
      cohort: { patients: PATIENTS, seed: '2' },
      arms: [{ name: 'untreated' }, { name: 'treated', set: { TREATED: 1 } }],
      solver: { method: 'tsit5' },
    } as const;
    const ready = await prepare(study, { engine });
    if (ready.kind !== 'done') throw new Error(JSON.stringify(ready));
    const { program, job } = ready.prepared;
    const reference = await engine.reference(tightProgram(program));

    const told = new Map<number, { readonly status: number; readonly value: number }[]>();
    const order: number[] = [];
    const held = holdFailed({
      onEndpoints({ first, count, arms }) {
        for (let i = 0; i < count; i++) {
          expect(told.has(first + i), `patient ${first + i} again`).toBe(false);
          order.push(first + i);
          told.set(
            first + i,
            arms.map(({ status, endpoints }) => ({ status: status[i] ?? 255, value: endpoints[i] ?? -1 })),
          );
        }
      },
    });
    const { summary } = await engine.run(program, job, held.options);
    const failed = summary.arms[1]?.notable?.failed.map(({ patient }) => patient) ?? [];
    expect(failed.length).toBeGreaterThan(1);
    expect(summary.arms[0]?.notable?.failed).toEqual([]);
    expect(told.size).toBe(PATIENTS - failed.length);

    const mended = await rescueFailed(summary, program, job, reference, undefined, held);
    expect(mended.rescued).toBe(failed.length);
    expect(told.size).toBe(PATIENTS);
    expect(order.slice(-failed.length)).toEqual(failed);
    const all = Array.from({ length: PATIENTS }, (_, i) => i);
    const run = await engine.individuals(program, job, all);
    const again = await reference.individuals(tightJob(program, job, 10), failed);
    for (const patient of all) {
      const [untreated, treated] = told.get(patient) ?? [];
      expect(untreated).toEqual({ status: 0, value: run.arms[0]?.endpoints[patient] });
      const at = failed.indexOf(patient);
      const value = at < 0 ? run.arms[1]?.endpoints[patient] : again.arms[1]?.endpoints[at];
      expect(treated).toEqual({ status: 0, value });
      expect(value).not.toBeNaN();
    }
    // What was told adds up to what was counted.
    const total = [...told.values()].reduce((sum, arms) => sum + (arms[1]?.value ?? Number.NaN), 0);
    expect(total / (mended.summary.arms[1]?.endpoints[0]?.sum[0] ?? Number.NaN)).toBeCloseTo(1, 6);
  }, 120_000);
});

/** One arm, one endpoint equal to the patient's number. */
const blockOf = (first: number, statuses: readonly number[]): EndpointBlock => ({
  first,
  count: statuses.length,
  arms: [
    {
      status: Uint8Array.from(statuses),
      endpoints: Float64Array.from(statuses, (status, i) => (status === 0 ? first + i : Number.NaN)),
    },
  ],
});
const patientsOf = (blocks: readonly EndpointBlock[]) =>
  blocks.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i));
const SMALL_STEP = STATUSES.indexOf('step too small');

describe('holding back', () => {
  it('hands a block in which nobody failed on as it is, and cuts others around who failed', () => {
    const blocks: EndpointBlock[] = [];
    const held = holdFailed({ onEndpoints: (block) => blocks.push(block) });
    const whole = blockOf(10, [0, 0, 0]);
    held.options?.onEndpoints?.(whole);
    expect(blocks[0]).toBe(whole);
    held.options?.onEndpoints?.(blockOf(13, [0, SMALL_STEP, SMALL_STEP, 0, 0]));
    expect(blocks.slice(1)).toEqual([blockOf(13, [0]), blockOf(16, [0, 0])]);
    held.mend(15, 0, 0, Float64Array.of(15));
    held.release();
    expect(blocks.slice(3)).toEqual([blockOf(14, [SMALL_STEP]), blockOf(15, [0])]);
    held.release();
    expect(blocks).toHaveLength(5);
  });

  it('lets no more wait than a run lists, however many fail', () => {
    const blocks: EndpointBlock[] = [];
    const held = holdFailed({ onEndpoints: (block) => blocks.push(block) });
    const failing = new Array<number>(100).fill(SMALL_STEP);
    for (let first = 0; first < 3 * MOST_LISTED; first += 100)
      held.options?.onEndpoints?.(blockOf(first, failing));
    expect(patientsOf(blocks)).toHaveLength(2 * MOST_LISTED);
    held.release();
    expect(patientsOf(blocks).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 3 * MOST_LISTED }, (_, i) => i),
    );
  });

  it('forgets who waits when the run starts anew', () => {
    const blocks: EndpointBlock[] = [];
    let restarts = 0;
    const held = holdFailed({ onEndpoints: (block) => blocks.push(block), onRestart: () => restarts++ });
    held.options?.onEndpoints?.(blockOf(0, [SMALL_STEP]));
    held.options?.onRestart?.();
    held.release();
    expect({ restarts, blocks }).toEqual({ restarts: 1, blocks: [] });
  });

  it('says nothing of a restart for a caller who cannot hear of it', () => {
    expect(holdFailed({ onEndpoints() {} }).options).not.toHaveProperty('onRestart');
    expect(holdFailed(undefined).options).toBeUndefined();
  });
});
