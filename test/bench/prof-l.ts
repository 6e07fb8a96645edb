import { runStudy } from '/work/main/src/study/run.ts';
import { prepare } from '/work/main/src/study/prepare.ts';
import { openEngine } from '/work/main/src/engine/engine.ts';
import { createWasmBackend } from '/work/main/src/engine/webassembly.ts';
for (const name of ['vancomycin','theophylline','hiv']) {
  const out: string[] = [];
  for (const [label, kernel, method] of [['exact','scalar','exact'],['tsit5 f64','scalar','tsit5'],['tsit5 f64x2','f64x2','tsit5'],['tsit5 f32x4','f32x4','tsit5']] as const) {
    const backend = createWasmBackend({ kernel });
    const engine = await openEngine({ webassembly: async () => backend, webgpu: async () => ({ reason: 'x' }) } as never, 'webassembly');
    const study = { gemello: 1 as const, model: { name }, cohort: { patients: 1000 }, solver: { method, rtol: 1e-4 } };
    const ready = await prepare(study, { engine });
    if (ready.kind !== 'done') throw new Error(JSON.stringify(ready));
    const { program, job } = ready.prepared;
    const k = await backend.compile(program);
    let best = 1e9; let steps = 0;
    for (let r = 0; r < 6; r++) { const t = performance.now(); const s = await k.run(job); best = Math.min(best, performance.now() - t); steps = s.arms.reduce((a, x) => a + x.steps, 0); }
    out.push(`${label} ${best.toFixed(0)} ms, ${(steps/1000/job.arms.length).toFixed(0)} steps`);
    engine.dispose();
  }
  console.log(name, out.join(' | '));
}
