// A program's compiled pipelines, and which of its two simulations the next chunk runs. In: Pipelines; what chunks took.
// Out: a pipeline. Compiles the second one only where a trial asks for it.
import type { Shape, ShapeTrial } from './webgpu-shapes.ts';

export interface Compiled {
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}
/** What counts a chunk's patients. */
export interface Counters {
  readonly summarise: Compiled;
  readonly gather: Compiled;
  readonly tally: Compiled;
}
export interface Pipelines extends Counters {
  readonly simulate: Compiled;
  /** Counters of jobs with weights, compiled when the first one comes. */
  readonly weighted: () => Promise<Counters>;
  /** Whether the simulation reads tables and writes a ledger. */
  readonly eventful: boolean;
  /** Where the shape of the loops is to be measured: the trial, and the flat shape of `simulate`, compiled when asked for. */
  readonly other?: { readonly trial: ShapeTrial; readonly flat: () => Promise<Compiled> };
}

/** The pipeline of the next chunk; both shapes share their bindings. */
export function openShapes({ simulate, other }: Pipelines) {
  let flat: Compiled | undefined;
  let asked = false;
  return {
    next(): { readonly shape: Shape; readonly compiled: Compiled } {
      const chosen = flat && other?.trial.shape === 'flat';
      return chosen ? { shape: 'flat', compiled: flat ?? simulate } : { shape: 'nested', compiled: simulate };
    },
    /** `outcomes`: per arm (status, steps) of every row of the chunk. */
    note(shape: Shape, ms: number, outcomes: readonly Uint32Array[]): void {
      if (!other) return;
      let steps = 0;
      for (const pairs of outcomes) for (let i = 1; i < pairs.length; i += 2) steps += pairs[i] ?? 0;
      other.trial.note(shape, ms, steps, flat !== undefined);
      if (asked || !other.trial.wanted) return;
      asked = true;
      // In the background; a device that cannot compile it stays with the other.
      other.flat().then(
        (compiled) => {
          flat = compiled;
        },
        () => {},
      );
    },
  };
}
