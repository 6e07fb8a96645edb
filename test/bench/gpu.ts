// `npm run bench -- --gpu`: WebGPU through Dawn on the Vulkan adapter at hand, PK and HIV, 1,000 to 10,000,000 patients,
// beside hand-written CUDA, diffrax and torchdiffeq where the machine has a card and them. In: options. Out: rows whose
// core-seconds are the card's: wall time of one card. Needs Node and the package `webgpu`. Errors against the f64 reference.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { stepCost } from '../../src/codegen/cost.ts';
import type { Job, Kernel } from '../../src/engine/backend.ts';
import { quantiles } from '../../src/engine/histogram.ts';
import { openNodeGpu } from '../../src/engine/node-gpu.ts';
import { createWebGpuBackend } from '../../src/engine/webgpu.ts';
import { type Curves, curveErrors, peakErrors } from './accuracy.ts';
import { gpuPeers } from './gpu-peers.ts';
import { type CohortRow, cohortRows, PACKAGES, pythonLacks } from './gpu-python.ts';
import type { Places } from './main.ts';
import { measure } from './measure.ts';
import type { Options } from './options.ts';
import { PROBLEMS } from './problems.ts';
import { median, percentile, type Row, summariseErrors } from './rows.ts';
import { failedOf, type Runner } from './runner.ts';
import { curvesOf, openSetting, type Setting, writeJob } from './setting.ts';

const COHORTS = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];
const SHOWN = 256;
/** Dense f32 rates that vendors state for their cards [Tflop/s], by words of the adapter's name. */
const PEAKS: readonly (readonly [RegExp, number])[] = [
  [/H[12]00.*PCIe/i, 51],
  [/H[12]00/i, 67],
  [/A100/i, 19.5],
  [/V100/i, 15.7],
  [/\bL40S/i, 91.6],
  [/\bL4\b/i, 30.3],
  [/\bT4\b/i, 8.1],
  [/RTX 4090/i, 82.6],
];

/** From a changed parameter to the percentile bands of every output time: what a dragged slider waits for. */
export interface SliderRow {
  readonly problem: string;
  readonly runner: string;
  readonly patients: number;
  readonly slider_milliseconds: { readonly p50: number; readonly p95: number };
}

export interface GpuReport {
  readonly rows: Row[];
  readonly more: (SliderRow | CohortRow)[];
  readonly notes: string[];
}

export async function gpuRows(
  options: Options,
  places: Places,
  say: (text: string) => void,
): Promise<GpuReport> {
  const report: GpuReport = { rows: [], more: [], notes: [] };
  const gpu = await openNodeGpu();
  if ('reason' in gpu) {
    say(`No GPU: ${gpu.reason}`);
    return report;
  }
  say(`${gpu.name}${gpu.software ? ' (software: a cohort of at most 10,000)' : ''}`);
  const most = options.patients ?? (gpu.software ? 10_000 : 10_000_000);
  const peak = options.peakTflops ?? PEAKS.find(([words]) => words.test(gpu.name))?.[1];
  report.notes.push(
    peak === undefined
      ? `${gpu.name}: its peak is not known, so no per cent of it; --peak-tflops N tells it`
      : `${gpu.name}: peak ${peak} Tflop/s; operations as src/codegen/cost.ts counts them, a division as 4`,
  );
  const backend = createWebGpuBackend(gpu.device, { device: gpu.name });
  const wanted = options.problems.length > 0 ? options.problems : ['pk', 'hiv'];
  for (const problem of PROBLEMS.filter(({ name }) => wanted.includes(name))) {
    const setting = await openSetting(problem);
    const kernel = await backend.compile(setting.program);
    say(`${problem.name}: pipelines in ${kernel.compileMs.toFixed(0)} ms`);
    const reference = await setting.reference(SHOWN);
    const curves = await curvesOf(kernel, setting.job(1e-4, SHOWN), SHOWN);
    const perStep = stepCost(setting.program);
    for (const patients of COHORTS.filter((n) => n <= most)) {
      const job = setting.job(1e-4, patients);
      const seconds: number[] = [];
      let [failed, steps] = [0, 0];
      // The first run brings the columns to the device: a slider's later runs find them there.
      for (let run = 0; run <= (options.rounds ?? 3); run++) {
        const began = performance.now();
        const { arms } = await kernel.run(job);
        if (run > 0) seconds.push((performance.now() - began) / 1000);
        failed = failedOf(arms[0]);
        steps = arms[0]?.steps ?? Number.NaN;
      }
      const wall = median(seconds);
      const operations = (steps * perStep) / wall;
      say(
        `${problem.name}: ${patients} patients in ${wall.toFixed(3)} s, ${(operations / 1e9).toPrecision(3)} Gflop/s`,
      );
      report.rows.push({
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
        steps: Number((steps / patients).toPrecision(4)),
        gigaflops: Number((operations / 1e9).toPrecision(3)),
        ...(peak !== undefined && { percent_of_peak: Number((operations / peak / 1e10).toPrecision(3)) }),
        ...(failed > 0 && { failed }),
      });
    }
    const dragged = Math.min(10_000, most);
    report.more.push(await slider(problem.name, kernel, setting.job(1e-4, dragged), dragged));
    if (problem.peers) await beside(setting, kernel, reference, most, options, places, report, say);
    kernel.dispose();
  }
  backend.dispose();
  return report;
}

/**
 * Peers that this machine has: an interleaved sweep at up to a million patients, us among them, whose ratios are at matched
 * error; then Python's packages at every cohort size.
 */
async function beside(
  setting: Setting,
  kernel: Kernel,
  reference: Curves,
  most: number,
  options: Options,
  places: Places,
  report: GpuReport,
  say: (text: string) => void,
): Promise<void> {
  const { name } = setting.problem;
  const patients = Math.min(most, 1_000_000);
  const jobFile = join(places.cache, `gpu-${name}-${process.pid}.job`);
  // Only Python's packages are asked for more patients than the sweep's.
  writeJob(jobFile, setting, pythonMayRun() ? most : patients);
  const sources = join(places.bench, 'peers');
  const peers = await gpuPeers(setting, {
    sources,
    folder: places.cache,
    jobFile,
    patients,
    shown: reference.patients,
  });
  try {
    report.notes.push(...peers.absent.map(({ name, reason }) => `${name} left out: ${reason}`));
    if (peers.runners.length === 0) return;
    const names = new Set(peers.runners.map(({ name }) => name));
    const runners = [own(setting, kernel, patients), ...peers.runners];
    const rounds = options.rounds ?? 3;
    report.rows.push(
      ...(await measure({ problem: name, runners, reference, rounds, seconds: 240, peers: names, say })),
    );
    const sizes = COHORTS.filter((n) => n <= most);
    for (const runner of peers.python)
      report.more.push(...(await cohortRows(name, runner, sizes, reference, say)));
  } catch (error) {
    // What is measured so far stands without the peers.
    report.notes.push(
      `${name}: the comparison on the card ended: ${error instanceof Error ? error.message : error}`,
    );
  } finally {
    for (const runner of peers.runners) runner.dispose();
    rmSync(jobFile, { force: true });
  }
}

const pythonMayRun = (): boolean => PACKAGES.some(({ needs }) => pythonLacks(needs) === undefined);

/** Our kernel as a runner beside its peers: a core-second is a second of the card. */
const own = (setting: Setting, kernel: Kernel, patients: number): Runner => ({
  name: 'webgpu',
  method: kernel.program.method.name,
  cores: 1,
  patients,
  tolerances: [1e-4, 1e-3, 1e-5],
  async time(rtol) {
    const job = setting.job(rtol, patients);
    const began = performance.now();
    const arm = (await kernel.run(job)).arms[0];
    const seconds = (performance.now() - began) / 1000;
    return {
      patients,
      wallSeconds: seconds,
      coreSeconds: seconds,
      failed: failedOf(arm),
      steps: (arm?.steps ?? Number.NaN) / patients,
    };
  },
  curves: (rtol, count) => curvesOf(kernel, setting.job(rtol, count), count),
  dispose() {},
});

/** The first parameter moves by a thousandth at a time, as under a slider; bands are five quantiles at every time. */
async function slider(problem: string, kernel: Kernel, job: Job, patients: number): Promise<SliderRow> {
  const waited: number[] = [];
  for (let move = 0; move <= 20; move++) {
    const arms = job.arms.map((arm) => ({
      ...arm,
      study: arm.study.map((value, i) => (i === 0 ? value * (1 + move / 1000) : value)),
    }));
    const began = performance.now();
    const summary = await kernel.run({ ...job, arms });
    for (const arm of summary.arms)
      for (const histogram of arm.outputs)
        for (let t = 0; t < job.times.length; t++) quantiles(histogram, t, [0.05, 0.25, 0.5, 0.75, 0.95]);
    if (move > 0) waited.push(performance.now() - began);
  }
  const shown = (p: number): number => Number(percentile(waited, p).toFixed(1));
  return {
    problem: `${problem}: slider to bands`,
    runner: 'webgpu',
    patients,
    slider_milliseconds: { p50: shown(0.5), p95: shown(0.95) },
  };
}
