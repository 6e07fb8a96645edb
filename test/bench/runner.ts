// What every runner is: a way to solve a problem's first patients at a tolerance, timed, and to show curves.
import type { ArmSummary } from '../../src/engine/backend.ts';
import type { Curves } from './accuracy.ts';

export interface Timing {
  readonly patients: number;
  readonly wallSeconds: number;
  /** Processor time of all threads together. */
  readonly coreSeconds: number;
  readonly failed: number;
  /** Accepted and rejected steps a patient, where known. */
  readonly steps?: number;
}

export interface Runner {
  readonly name: string;
  readonly method: string;
  readonly cores: number;
  /** Patients of a timed run: enough for a second or so where the runner is slow. */
  readonly patients: number;
  /** Tolerances of its sweep; the first is the one a row is written for. */
  readonly tolerances: readonly number[];
  time(rtol: number): Promise<Timing>;
  curves(rtol: number, patients: number): Promise<Curves>;
  dispose(): void;
}

/** Runs work and measures wall and processor time of this process around it. */
export async function timed<T>(
  work: () => Promise<T> | T,
): Promise<{ value: T; wallSeconds: number; coreSeconds: number }> {
  const cpu = process.cpuUsage();
  const began = performance.now();
  const value = await work();
  const wallSeconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { value, wallSeconds, coreSeconds: (user + system) / 1e6 };
}

/** Patients of an arm that did not reach the end. */
export const failedOf = (arm: ArmSummary | undefined): number =>
  [...(arm?.statuses ?? [])].slice(1).reduce((sum, patients) => sum + patients, 0);
