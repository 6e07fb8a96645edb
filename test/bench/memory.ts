// Peak memory at a million PK patients: a child process of its own runs them and says how much it ever held.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createWasmBackend } from '../../src/engine/webassembly.ts';
import type { Places } from './main.ts';
import { PROBLEMS } from './problems.ts';
import { openSetting } from './setting.ts';

export interface MemoryRow {
  readonly problem: string;
  readonly runner: string;
  readonly patients: number;
  /** Largest resident size of the whole Node process, Node's own 40 to 50 included. */
  readonly peak_mebibytes: number;
  readonly wall_seconds: number;
}

export const isMemoryRow = (row: object): row is MemoryRow => 'peak_mebibytes' in row;

const COHORTS = [1_000, 1_000_000];

/** Each cohort size in a fresh process, so that the first does not lend its peak to the second. */
export async function memoryRows(_: Places, say: (text: string) => void): Promise<MemoryRow[]> {
  const rows: MemoryRow[] = [];
  for (const patients of COHORTS) {
    say(`memory: ${patients} patients`);
    const out = await new Promise<string>((resolve, reject) => {
      // The built file that this runs in, whatever happens to the sources meanwhile.
      const code = `import { memoryChild } from '${import.meta.url}'; await memoryChild(${patients});`;
      const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let text = '';
      child.stdout.on('data', (more) => {
        text += more;
      });
      child.on('error', reject);
      child.on('close', (code) =>
        code === 0 ? resolve(text) : reject(new Error(`the child ended with ${code}`)),
      );
    });
    rows.push(JSON.parse(out));
  }
  return rows;
}

/** In the child: runs the cohort and prints its row. */
export async function memoryChild(patients: number): Promise<void> {
  const problem = PROBLEMS.find(({ name }) => name === 'pk');
  if (problem === undefined) throw new Error('there is no problem pk');
  const setting = await openSetting(problem);
  const backend = createWasmBackend({ kernel: 'f32x4' });
  const kernel = await backend.compile(setting.program);
  const began = performance.now();
  await kernel.run(setting.job(1e-4, patients));
  const row: MemoryRow = {
    problem: 'memory',
    runner: 'wasm-f32x4',
    patients,
    peak_mebibytes: Math.round(peakKibibytes() / 1024),
    wall_seconds: Number(((performance.now() - began) / 1000).toPrecision(4)),
  };
  process.stdout.write(JSON.stringify(row));
}

/** The largest resident size so far. Not getrusage's where it can be helped: that begins with the parent's. */
export function peakKibibytes(): number {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'utf8') : '';
  const line = /^VmHWM:\s+(\d+) kB/m.exec(status);
  return line ? Number(line[1]) : process.resourceUsage().maxRSS;
}
