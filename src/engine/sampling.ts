// The fastest way to make patients on this machine. In: nothing. Out: a sampler and a column evaluator in WebAssembly,
// made once; nothing where modules cannot be compiled synchronously, and callers then use TypeScript, with the same bits.
import { createSampler, evaluateWithWasm } from '../codegen/wasm/sampler.ts';
import type { Sampler } from './draws.ts';

export interface Sampling {
  readonly sampler?: Sampler;
  readonly evaluate?: typeof evaluateWithWasm;
}

let made: Sampling | undefined;

export function fastSampling(): Sampling {
  if (made === undefined) {
    try {
      made = { sampler: createSampler(), evaluate: evaluateWithWasm };
    } catch {
      made = {};
    }
  }
  return made;
}
