// `npm run bench -- --gpu`: WebGPU through Dawn on the Vulkan adapter at hand, PK and HIV, 1,000 to 10,000,000 patients.
// In: options. Out: rows whose core-seconds are the device's: wall time of one card. Needs Node, the built files and the
// package `webgpu`; no peer. Errors against the f64 reference as everywhere.
import { openNodeGpu } from '../../src/engine/node-gpu.ts';
import { createWebGpuBackend } from '../../src/engine/webgpu.ts';
import { curveErrors, peakErrors } from './accuracy.ts';
import type { Options } from './options.ts';
import { PROBLEMS } from './problems.ts';
import { median, type Row, summariseErrors } from './rows.ts';
import { failedOf } from './runner.ts';
import { curvesOf, openSetting } from './setting.ts';

const COHORTS = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
const SHOWN = 256;

export async function gpuRows(options: Options, say: (text: string) => void): Promise<Row[]> {
  const gpu = await openNodeGpu();
  if ('reason' in gpu) {
    say(`No GPU: ${gpu.reason}`);
    return [];
  }
  say(`${gpu.name}${gpu.software ? ' (software: a cohort of at most 10,000)' : ''}`);
  const most = options.patients ?? (gpu.software ? 10_000 : 10_000_000);
  const backend = createWebGpuBackend(gpu.device, { device: gpu.name });
  const rows: Row[] = [];
  const wanted = options.problems.length > 0 ? options.problems : ['pk', 'hiv'];
  for (const problem of PROBLEMS.filter(({ name }) => wanted.includes(name))) {
    const setting = await openSetting(problem);
    const kernel = await backend.compile(setting.program);
    say(`${problem.name}: pipelines in ${kernel.compileMs.toFixed(0)} ms`);
    const reference = await setting.reference(SHOWN);
    const curves = await curvesOf(kernel, setting.job(1e-4, SHOWN), SHOWN);
    for (const patients of COHORTS.filter((n) => n <= most)) {
      const job = setting.job(1e-4, patients);
      const seconds: number[] = [];
      let failed = 0;
      // The first run brings the columns to the device: a slider's later runs find them there.
      for (let run = 0; run <= (options.rounds ?? 3); run++) {
        const began = performance.now();
        const { arms } = await kernel.run(job);
        if (run > 0) seconds.push((performance.now() - began) / 1000);
        failed = failedOf(arms[0]);
      }
      const wall = median(seconds);
      say(`${problem.name}: ${patients} patients in ${wall.toFixed(3)} s`);
      rows.push({
        problem: problem.name,
        runner: 'webgpu',
        patients,
        method: setting.program.method.name,
        rtol: 1e-4,
        cores: 1,
        patients_per_core_second: Number(((patients - failed) / wall).toPrecision(4)),
        wall_seconds: Number(wall.toPrecision(4)),
        error: summariseErrors(curveErrors(curves, reference)),
        peak_error: summariseErrors(peakErrors(curves, reference)),
        ratio_to: {},
        ...(failed > 0 && { failed }),
      });
    }
    kernel.dispose();
  }
  backend.dispose();
  return rows;
}
