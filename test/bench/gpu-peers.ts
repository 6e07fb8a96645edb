// Peers of the card: our kernel by hand in CUDA; diffrax and torchdiffeq are named only. In: a Setting and its job file. Out: Runners, and by
// name what this machine lacks. Their core-seconds are the card's.
import { spawnSync } from 'node:child_process';
import type { Absent } from './ours.ts';
import { built, external } from './peers.ts';
import type { Runner } from './runner.ts';
import { ATOL_FACTOR, type Setting } from './setting.ts';

export interface GpuPeerOptions {
  readonly sources: string;
  readonly folder: string;
  readonly jobFile: string;
  readonly patients: number;
}

const TOLERANCES = [1e-4, 1e-3, 1e-5];
const works = (command: string, ...args: readonly string[]): boolean => {
  const { error, status } = spawnSync(command, args, { stdio: 'ignore' });
  return error === undefined && status === 0;
};

export function gpuPeers(setting: Setting, options: GpuPeerOptions): { runners: Runner[]; absent: Absent[] } {
  const runners: Runner[] = [];
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

  // Neither could be installed where this was written, so no equations are kept for them that nobody has run.
  for (const name of ['diffrax', 'torchdiffeq'])
    absent.push({
      name,
      reason: works('python3', '-c', `import ${name}`)
        ? 'it is installed, but PK and HIV are not written for it'
        : `python3 has no package ${name}`,
    });
  return { runners, absent };
}
