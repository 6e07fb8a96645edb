// Those who listen to the endpoints of every patient while a run goes on. In: listeners of a study's own and the caller's
// RunOptions. Out: options in which each hears every block; a run that starts anew is told to all, or not repeated where
// the caller cannot begin again.
import type { EndpointBlock, RunOptions } from '../engine/backend.ts';

export interface EndpointListener {
  /** Arrays are valid during the call only. `weights`: one a patient, 1 on average; absent: all weigh the same. */
  onEndpoints(block: EndpointBlock, weights?: Float64Array): void;
  /** What was heard so far is void. */
  onRestart(): void;
}

export function withListeners(
  options: RunOptions | undefined,
  listeners: readonly EndpointListener[],
  weightsOf?: (first: number, count: number) => Float64Array,
): RunOptions | undefined {
  if (listeners.length === 0) return options;
  const heard = options?.onEndpoints;
  const anew = options?.onRestart;
  return {
    ...options,
    onEndpoints(block) {
      const weights = weightsOf?.(block.first, block.count);
      for (const listener of listeners) listener.onEndpoints(block, weights);
      heard?.(block);
    },
    ...((heard === undefined || anew !== undefined) && {
      onRestart() {
        for (const listener of listeners) listener.onRestart();
        anew?.();
      },
    }),
  };
}

/** The same without anybody who listens. */
export function unheard(options: RunOptions | undefined): RunOptions | undefined {
  if (options === undefined) return undefined;
  const { onEndpoints: _, onRestart: __, ...rest } = options;
  return rest;
}
