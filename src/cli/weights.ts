// `--weights FILE.json`, and what weights did, as text. In: a file with a list of targets; a Result's weighting. Out: targets for
// the study, with errors that name the file and the place in it; lines for the table.
import type { WeightingResult } from '../study/result.ts';
import { parseStudy } from '../study/schema.ts';
import type { Study, WeightTarget } from '../study/study.ts';
import { columns, count, figure } from './figures.ts';
import type { Io } from './ports.ts';
import { UsageError } from './usage.ts';

const EXAMPLE = 'it holds a list of targets: [{ "of": "WT", "mean": 80 }]';

/** The study with the file's targets in place of its own. */
export async function withWeights(study: Study, path: string, io: Pick<Io, 'read'>): Promise<Study> {
  return { ...study, cohort: { ...study.cohort, weights: await targetsOf(path, io) } };
}

async function targetsOf(path: string, io: Pick<Io, 'read'>): Promise<readonly WeightTarget[]> {
  const text = await io.read(path);
  if (text === undefined) throw new UsageError(`--weights ${path}: there is no such file`);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UsageError(`--weights ${path}: not JSON: ${reason}`, EXAMPLE);
  }
  const parsed = parseStudy({ gemello: 1, model: { name: 'any' }, cohort: { weights: json } });
  if ('study' in parsed) return parsed.study.cohort?.weights ?? [];
  const [first] = parsed.errors;
  const place = (first?.field ?? '').replace(/^cohort\.weights/, '');
  throw new UsageError(
    `--weights ${path}: ${place === '' ? 'it' : place} ${first?.message ?? 'cannot be read'}`,
    EXAMPLE,
  );
}

/** How much of the cohort is left, then every number asked for. */
export function weightingLines(
  { effective, largest, excluded, targets }: WeightingResult,
  patients: number,
): string[] {
  const nobody = excluded > 0 ? `; ${count(excluded)} weigh nothing` : '';
  const rows = targets.map(({ name, target, weighted, unweighted }) => [
    name,
    ...[target, weighted, unweighted].map(figure),
  ]);
  return [
    `weighted: as informative as ${count(effective)} of ${count(patients)} patients, the largest weight ${figure(largest)} times the average${nobody}`,
    ...columns([['', 'target', 'weighted', 'unweighted'], ...rows], 0).map((line) => `  ${line}`),
  ];
}
