// Peers of the card: our kernel by hand in CUDA, and Python's diffrax and torchdiffeq. In: a Setting and its job file. Out:
// Runners, and by name what this machine lacks. Their core-seconds are the card's.
import { spawnSync } from 'node:child_process';
import { PACKAGES, type PythonRunner, pythonLacks, pythonRunner } from './gpu-python.ts';
import type { Absent } from './ours.ts';
import { built, external } from './peers.ts';
import type { Runner } from './runner.ts';
import { ATOL_FACTOR, type Setting } from './setting.ts';

export interface GpuPeerOptions {
  readonly sources: string;
  readonly folder: string;
  readonly jobFile: string;
  readonly patients: number;
  /** Patients whose errors are known. */
  readonly shown: number;
}

export interface GpuPeers {
  /** Python's among them. */
  readonly runners: Runner[];
  readonly python: PythonRunner[];
  readonly absent: Absent[];
}

const TOLERANCES = [1e-4, 1e-3, 1e-5];
const works = (command: string, ...args: readonly string[]): boolean => {
  const { error, status } = spawnSync(command, args, { stdio: 'ignore' });
  return error === undefined && status === 0;
};

export async function gpuPeers(setting: Setting, options: GpuPeerOptions): Promise<GpuPeers> {
  const runners: Runner[] = [];
  const python: PythonRunner[] = [];
  const absent: Absent[] = [];
  const { name, stiff } = setting.problem;
  const card = works('nvidia-smi');
  const method = stiff ? 'rodas4' : 'tsit5';

  const nvcc = works('nvcc', '--version');
  const flags = ['-x', 'cu', `-DPROBLEM="${name}.h"`, ...(stiff ? ['-DSTIFF'] : [])];
  const cuda = nvcc
    ? built(options, `cuda-${name}`, 'gpu.cu', flags, 'nvcc')
    : { reason: 'there is no nvcc' };
  if (typeof cuda !== 'string') absent.push({ name: 'cuda', reason: cuda.reason });
  else if (!card) absent.push({ name: 'cuda', reason: 'it compiles, but there is no NVIDIA card to run it' });
  else
    runners.push(
      external('cuda', method, setting, options, options.patients, TOLERANCES, (rtol) => ({
        command: cuda,
        args: [String(rtol), String(ATOL_FACTOR)],
      })),
    );

  for (const entry of PACKAGES) {
    const lacks = pythonLacks(entry.needs);
    if (lacks !== undefined) absent.push({ name: entry.name, reason: lacks });
    else if (!card)
      // Their own CPU code would stand in a column of the card's.
      absent.push({ name: entry.name, reason: 'it is installed, but there is no NVIDIA card to run it' });
    else
      for (const way of entry.ways)
        try {
          const opened = await pythonRunner(setting, entry, way, { ...options, tolerances: TOLERANCES });
          if (opened.onCard) python.push(opened);
          else {
            absent.push({ name: entry.name, reason: `it is installed, but works on ${opened.device}` });
            opened.dispose();
          }
        } catch (error) {
          absent.push({
            name: `${entry.name}, ${way}`,
            reason: error instanceof Error ? error.message : String(error),
          });
        }
  }
  return { runners: [...runners, ...python], python, absent };
}
