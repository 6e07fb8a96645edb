// The bits of the f64 reference: one digest over curves, endpoints and summaries of shipped models, computed on whatever runs
// this file. test/engine/bits.test.ts runs it on Node, test/browser/bits.test.ts in Chromium; both must give BITS.
import { openEngine } from '../src/engine/engine.ts';
import { createWasmBackend } from '../src/engine/webassembly.ts';
import { sha256 } from '../src/study/digest.ts';
import { prepare } from '../src/study/prepare.ts';
import type { Study } from '../src/study/study.ts';

/** Changes when a change of the code changes numbers in their last digit, which is allowed; never with the machine. */
export const BITS: Readonly<Record<string, string>> = {
  vancomycin: '2e195756c1d5498833a9ef90e937afdd80fc8a8d86421660f2ef340caa7f046b',
  sepsis: 'a6ffb8120d76cac60856305654e05b1f1a8e9506eff7308d8b3cb02e0eb164e6',
  hiv_chronic: '4ea1348449c5a2aaa4cf25c0dd3ba2474656dd2bf35005ee3a71c1b46d179e9d',
};

export async function bitsOf(name: string): Promise<string> {
  const engine = await openEngine(
    { webassembly: async () => createWasmBackend({}), webgpu: async () => ({ reason: 'not for this' }) },
    'webassembly',
  );
  try {
    const study: Study = { gemello: 1, model: { name }, cohort: { patients: 300, seed: '11' } };
    const ready = await prepare(study, { engine });
    if (ready.kind !== 'done') throw new Error(JSON.stringify(ready));
    const { program, job } = ready.prepared;
    const { summary } = await engine.run(program, job);
    const { arms } = await engine.individuals(program, job, [0, 17, 299]);
    const parts = [
      ...arms.flatMap((arm) => [arm.outputs, arm.endpoints]),
      ...summary.arms.flatMap((arm) =>
        [...arm.outputs, ...arm.endpoints].flatMap((h) => [h.counts, h.sum, h.min, h.max]),
      ),
    ];
    return sha256(
      parts.map((part) => sha256(new Uint8Array(part.buffer, part.byteOffset, part.byteLength))).join(),
    );
  } finally {
    engine.dispose();
  }
}
