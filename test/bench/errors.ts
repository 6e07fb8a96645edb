// `npm run bench -- --errors`: the largest error over every patient of a cohort at the default tolerance, PK's Cmax and
// HIV's peak of virus among them. In: options. Out: a row per problem and backend. Measures no speed.
import { curveErrors, peakErrors } from './accuracy.ts';
import type { Options } from './options.ts';
import { type Absent, ourRunners } from './ours.ts';
import { PROBLEMS } from './problems.ts';
import { type ErrorSummary, summariseErrors } from './rows.ts';
import { openSetting } from './setting.ts';

export interface ErrorRow {
  readonly problem: string;
  readonly runner: string;
  /** Every one of them is compared with the reference. */
  readonly patients: number;
  readonly method: string;
  readonly rtol: number;
  readonly error: ErrorSummary;
  /** Of the first output's largest value. */
  readonly peak_error: ErrorSummary;
  /** What the project asks of peak_error.max in f32. */
  readonly peak_error_asked: number;
}

const ASKED: Readonly<Record<string, number>> = { pk: 1e-4, hiv: 2e-4 };
const RTOL = 1e-4;

export async function errorRows(
  options: Options,
  say: (text: string) => void,
): Promise<(ErrorRow | Absent)[]> {
  const rows: (ErrorRow | Absent)[] = [];
  const patients = options.patients ?? 10_000;
  for (const problem of PROBLEMS) {
    const asked = ASKED[problem.name];
    if (asked === undefined || (options.problems.length > 0 && !options.problems.includes(problem.name)))
      continue;
    const setting = await openSetting(problem);
    say(`${problem.name}: the reference of ${patients} patients at rtol 1e-10`);
    const reference = await setting.reference(patients);
    const { runners, absent } = await ourRunners(setting, {
      patients,
      tolerances: [RTOL],
      cores: 1,
      gpu: true,
      gpuPatients: patients,
      fallbackPatients: patients,
    });
    for (const runner of runners) {
      say(`${problem.name}: ${runner.name}, error of ${patients} patients`);
      const curves = await runner.curves(RTOL, patients);
      rows.push({
        problem: `${problem.name}: every patient`,
        runner: runner.name,
        patients,
        method: runner.method,
        rtol: RTOL,
        error: summariseErrors(curveErrors(curves, reference)),
        peak_error: summariseErrors(peakErrors(curves, reference)),
        peak_error_asked: asked,
      });
      runner.dispose();
    }
    rows.push(...absent);
  }
  return rows;
}
