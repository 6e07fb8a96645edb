// Patients that failed in some arm, between a run and whoever listens to its endpoints: they wait until rescue.ts has solved
// them again, so that a listener hears each patient once, with the values that count. In: a caller's RunOptions. Out:
// options for the run. As few wait as a run lists; all others pass at once. One object serves one run and its rescue.
import type { EndpointBlock, RunOptions } from '../engine/backend.ts';
import { MOST_LISTED } from '../engine/notable.ts';

export interface HeldBack {
  /** The caller's, with a listener that holds back where the caller has one. */
  readonly options: RunOptions | undefined;
  /** How a patient ended in an arm when it was solved again; `endpoints`: one value each. */
  mend(patient: number, arm: number, status: number, endpoints: Float64Array): void;
  /** Tells of all who wait, as they now are: values of arms in which they did not fail are those of the run. */
  release(): void;
}

export function holdFailed(options: RunOptions | undefined): HeldBack {
  const waiting = new Map<number, EndpointBlock>();
  if (options?.onEndpoints === undefined) return { options, mend() {}, release() {} };
  const { onEndpoints, onRestart } = options;
  /** Failed patients by arm: a kernel's blocks come in the patients' order, and it lists those that failed first. */
  const failed: number[] = [];
  const isListed = ({ arms }: EndpointBlock, i: number): boolean => {
    let listed = false;
    for (const [a, { status }] of arms.entries()) {
      if (status[i] === 0) continue;
      const before = failed[a] ?? 0;
      failed[a] = before + 1;
      if (before < MOST_LISTED) listed = true;
    }
    return listed;
  };
  return {
    options: {
      ...options,
      onEndpoints(block) {
        let passed = 0;
        for (let i = 0; i < block.count; i++) {
          if (!isListed(block, i)) continue;
          if (i > passed) onEndpoints(stretch(block, passed, i));
          waiting.set(block.first + i, stretch(block, i, i + 1));
          passed = i + 1;
        }
        if (passed < block.count) onEndpoints(passed === 0 ? block : stretch(block, passed, block.count));
      },
      ...(onRestart && {
        onRestart() {
          waiting.clear();
          failed.length = 0;
          onRestart();
        },
      }),
    },
    mend(patient, arm, status, endpoints) {
      const own = waiting.get(patient)?.arms[arm];
      own?.status.fill(status);
      own?.endpoints.set(endpoints);
    },
    release() {
      for (const block of waiting.values()) onEndpoints(block);
      waiting.clear();
    },
  };
}

/** Patients from .. to - 1 of a block, counted from 0, as a block of their own. */
function stretch({ first, count, arms }: EndpointBlock, from: number, to: number): EndpointBlock {
  return {
    first: first + from,
    count: to - from,
    arms: arms.map(({ status, endpoints }) => {
      const rows = count > 0 ? endpoints.length / count : 0;
      const own = new Float64Array(rows * (to - from));
      for (let row = 0; row < rows; row++)
        own.set(endpoints.subarray(row * count + from, row * count + to), row * (to - from));
      return { status: status.slice(from, to), endpoints: own };
    }),
  };
}
