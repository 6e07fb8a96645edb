// `--nca`: non-compartmental analysis. In: the command's options, a session, the study. Out: a CSV file with a row a patient
// and arm, and a summary by arm for the terminal. Options are read before anything is computed, then held against the study.
import type { Model } from '../language/model.ts';
import type { Unit } from '../language/units.ts';
import { suggestion } from '../study/closest.ts';
import { csvRow, heading } from '../study/csv.ts';
import { NCA, type NcaAnalysis } from '../study/nca.ts';
import { FLAG_WORDS, type Flag } from '../study/nca-parameters.ts';
import { type NcaOptions, outputOf } from '../study/nca-plan.ts';
import type { NcaArm, NcaReport, NcaSummary } from '../study/nca-summary.ts';
import type { Tables } from '../study/prepare.ts';
import type { Study } from '../study/study.ts';
import type { CohortWeights } from '../study/weight-units.ts';
import type { RunCommand } from './arguments.ts';
import { columns, count, figure, plain } from './figures.ts';
import { settled } from './outcome.ts';
import type { Product, Session, TextFile } from './ports.ts';
import { progressLine } from './progress.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage.ts';

const KEYS = [
  'output', 'dose', 'from', 'tau', 'times', 'route', 'duration', 'rule', 'lloq', 'steady',
] as const; // biome-ignore format: a list
const ROUTES = ['bolus', 'infusion', 'extravascular'] as const;
const RULES = ['linear', 'linear-up-log-down'] as const;

type Quantity = Product['quantity'];
const isKey = (key: string): key is (typeof KEYS)[number] => (KEYS as readonly string[]).includes(key);

export function ncaOptionsOf(
  { nca, ncaOptions }: Pick<RunCommand, 'nca' | 'ncaOptions'>,
  model: Model,
  quantity: Quantity,
): NcaOptions {
  const [first] = ncaOptions;
  if (nca === undefined && first !== undefined)
    throw new UsageError(`--nca-option ${first[0]} is about an analysis`, 'give it with --nca FILE.csv');
  const given: { -readonly [key in keyof NcaOptions]: NcaOptions[key] } = {};
  const outputs = model.outputs.filter(({ condition }) => !condition);
  for (const [key, text] of ncaOptions) {
    const wrong = (message: string, hint = '') =>
      new UsageError(`--nca-option ${key}=${text}: ${message}`, hint);
    const oneOf = <T extends string>(words: readonly T[]): T => {
      const found = words.find((word) => word === text);
      if (found === undefined) throw wrong(`say ${words.slice(0, -1).join(', ')} or ${words.at(-1)}`);
      return found;
    };
    const amount = (part: string, unit: Unit): number => {
      const value = isNumber(part) ? Number(part) : quantity(part, unit);
      if (typeof value !== 'number') throw wrong(value.message, `a bare number is in ${unit.text}`);
      if (!Number.isFinite(value) || value < 0) throw wrong(`${part} is not a number from 0`);
      return value;
    };
    if (!isKey(key))
      throw new UsageError(`--nca-option ${key}: there is no such option`, suggestion(key, KEYS));
    if (key === 'output') {
      const names = outputs.map(({ name }) => name);
      if (!names.includes(text)) throw wrong(`${model.name} has no such output`, suggestion(text, names));
      given.output = text;
    } else if (key === 'dose') {
      const units = [...new Map(model.states.map(({ unit }) => [unit.text, unit])).values()];
      const wrongs = units.flatMap((unit) => {
        const value = isNumber(text) ? Number(text) : quantity(text, unit);
        return typeof value === 'number' ? (value > 0 ? [] : ['give an amount above 0']) : [value.message];
      });
      if (wrongs.length >= Math.max(1, units.length)) throw wrong(wrongs[0] ?? 'there are no compartments');
      given.dose = text;
    } else if (key === 'times') given.times = text.split(',').map((part) => amount(part.trim(), model.time));
    else if (key === 'route') given.route = oneOf(ROUTES);
    else if (key === 'rule') given.rule = oneOf(RULES);
    else if (key === 'steady') given.steady = oneOf(['yes', 'no']) === 'yes';
    else if (key === 'lloq') {
      const analysed = outputOf(outputs, ncaOptions.find(([other]) => other === 'output')?.[1]);
      if ('message' in analysed) throw wrong(analysed.message);
      given.lloq = amount(text, analysed.unit);
    } else given[key] = amount(text, model.time);
  }
  return given;
}

const isNumber = (text: string): boolean => text.trim() !== '' && Number.isFinite(Number(text));

/** Throws a UsageError where an option does not fit the study. */
export async function openAnalysis(
  session: Session,
  study: Study,
  tables: Tables,
  options: NcaOptions,
): Promise<NcaAnalysis> {
  const opened = await session.nca(study, tables, options);
  if (opened.kind === 'refused' && opened.errors.every(({ field }) => field === NCA))
    throw new UsageError(
      opened.errors.map(({ message }) => `--nca: ${message}`).join('\n'),
      `--nca-option takes ${KEYS.join(', ')}`,
    );
  return settled(opened).analysis;
}

/** A row a patient and arm; the summary goes to `io.out` once the file is written. */
export async function writeNca(
  file: TextFile,
  analysis: NcaAnalysis,
  weights: CohortWeights | null,
  io: Terminal,
): Promise<void> {
  const { doseUnit, parameters } = analysis.columns;
  await file.write(
    csvRow([
      'id',
      'arm',
      'route',
      heading('dose', doseUnit),
      ...parameters.map(({ name, unit }) => heading(name, unit)),
      'flags',
    ]),
  );
  const { onProgress, clear } = progressLine(io, analysis.patients);
  try {
    const report = await analysis.run(
      async (rows) => {
        const texts = rows.map(({ id, arm, route, dose, values, flags }) =>
          csvRow([id, arm, route, ...[dose, ...values].map((x) => x ?? Number.NaN), flags.join('; ')]),
        );
        await file.write(texts.join(''));
      },
      { signal: io.signal, onProgress, weights },
    );
    clear();
    io.out(ncaTable(report));
  } finally {
    clear();
  }
}

export function ncaTable(report: NcaReport): string {
  const { output, from, tau, timeUnit, rule, lloq, unit, notes } = report;
  const said = [
    `from ${figure(from)} ${timeUnit}`,
    ...(tau === null ? [] : [`tau ${figure(tau)} ${timeUnit}`]),
    rule === 'linear' ? 'linear trapezoids' : 'trapezoids linear up, logarithmic down',
    ...(lloq === null ? [] : [`limit of quantification ${figure(lloq)} ${plain(unit)}`.trimEnd()]),
  ];
  const lines = [
    '',
    `non-compartmental analysis of ${output}: ${said.join(', ')}`,
    ...notes.map((note) => `  note: ${note}`),
    ...report.arms.flatMap((arm) => armLines(arm)),
  ];
  return `${lines.join('\n')}\n`;
}

const HEAD = [
  '', 'n', 'mean', 'SD', 'CV %', 'geo. mean', 'geo. CV %', 'min', '5 %', 'median', '95 %', 'max', '', 'lacking',
]; // biome-ignore format: a list

function armLines({ name, analysed, failed, flags, parameters }: NcaArm): string[] {
  const lost = failed === 0 ? '' : `, ${count(failed)} failed`;
  const flagged = entries(flags).map(
    ([flag, n]) => `  ${count(n)} of ${count(analysed)} ${flag}: ${FLAG_WORDS[flag]}`,
  );
  const rows = parameters.map(row);
  const head = rows.every((cells) => cells.at(-1) === '') ? [...HEAD.slice(0, -1), ''] : HEAD;
  return [`${name}${lost}`, ...columns([head, ...rows]).map((line) => `  ${line}`), ...flagged];
}

function row(one: NcaSummary): string[] {
  const { name, unit, n, missing } = one;
  const numbers = [
    one.mean, one.sd, one.cvPercent, one.geometricMean, one.geometricCvPercent, one.min, one.p5, one.median, one.p95,
    one.max,
  ]; // biome-ignore format: a list
  const lacking = entries(missing).map(([flag, lacks]) => `${count(lacks)} ${flag}`);
  return [name, count(n), ...numbers.map(figure), plain(unit), lacking.join(', ')];
}

const entries = (counts: Readonly<Partial<Record<Flag, number>>>): [Flag, number][] =>
  Object.entries(counts) as [Flag, number][];
