// Options of `run` written into the study, so that what runs is again one document. In: a study, its model, the options.
// Out: the study to run. Names that the model does not have and values that do not fit are UsageErrors.
import type { Covariate, Model } from '../language/model.ts';
import type { Unit } from '../language/units.ts';
import { suggestion } from '../study/closest.ts';
import { type Arm, type Cohort, DATA_THERAPY, type DataFile, type Study } from '../study/study.ts';
import type { RunCommand } from './arguments.ts';
import { dataFile } from './data-options.ts';
import type { Product } from './ports.ts';
import { UsageError } from './usage.ts';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
type Quantity = Product['quantity'];

export function applyOptions(study: Study, model: Model, command: RunCommand, quantity: Quantity): Study {
  const parameters: Record<string, number> = { ...study.set };
  const covariates: Record<string, number | Readonly<Record<string, number>>> = { ...study.cohort?.set };
  for (const [name, text] of command.set) {
    const parameter = model.parameters.find((p) => p.name === name);
    const covariate = model.covariates.find((c) => c.name === name);
    if (parameter !== undefined) parameters[name] = numberFor(name, text, parameter.unit, quantity);
    else if (covariate !== undefined) covariates[name] = covariateValue(covariate, text, quantity);
    else {
      const names = [...model.parameters, ...model.covariates].map((named) => named.name);
      throw new UsageError(
        `--set ${name}: ${model.name} has no parameter or covariate of that name`,
        suggestion(name, names),
      );
    }
  }
  const data = dataOf(study, command);
  const cohort: Cohort = {
    ...study.cohort,
    ...(command.patients !== undefined && { patients: command.patients }),
    ...(command.studies !== undefined && { studies: command.studies }),
    ...(command.clouds !== undefined && { clouds: command.clouds }),
    ...(command.seed !== undefined && { seed: command.seed }),
    ...(command.typical && { typical: true, ...(data === undefined && { patients: 1 }) }),
    ...(Object.keys(covariates).length > 0 && { set: covariates }),
    ...(command.filter !== undefined && { filter: command.filter }),
    ...(command.cohort !== undefined && { table: tableName(command.cohort) }),
    ...(data !== undefined && { data }),
  };
  const time = {
    ...study.time,
    ...(command.until !== undefined && { until: duration('until', command.until, model, quantity) }),
    ...(command.every !== undefined && { every: duration('every', command.every, model, quantity) }),
  };
  const better = { ...study.compare?.better, ...Object.fromEntries(command.better) };
  const compare = {
    ...study.compare,
    ...(command.versus !== undefined && { versus: command.versus }),
    ...(Object.keys(better).length > 0 && { better }),
    ...(command.subgroups.length > 0 && {
      subgroups: command.subgroups.map(([of, cuts]) => ({ of, ...(cuts.length > 0 && { cuts }) })),
    }),
    ...(command.bootstrap !== undefined && { bootstrap: command.bootstrap }),
  };
  return {
    ...study,
    ...(Object.keys(parameters).length > 0 && { set: parameters }),
    ...(Object.keys(cohort).length > 0 && { cohort }),
    ...(command.arms.length > 0 && { arms: armsOf(study, model, command.arms, data !== undefined) }),
    ...(Object.keys(time).length > 0 && { time }),
    ...(Object.keys(compare).length > 0 && { compare }),
    ...(command.method !== undefined && { solver: { ...study.solver, method: command.method } }),
  };
}

function dataOf(study: Study, { data, dataOptions }: RunCommand): DataFile | undefined {
  const before = study.cohort?.data;
  const file = data === undefined ? before?.file : tableName(data);
  if (file !== undefined) return dataFile(file, dataOptions, before);
  const [option] = dataOptions;
  if (option !== undefined)
    throw new UsageError(`--data-option ${option[0]} is about a file`, 'give it with --data FILE.csv');
  return undefined;
}

/** A study names its table by the file's own name; the folder is nobody else's. */
export const tableName = (path: string): string => path.replace(/^.*[/\\]/, '');

function armsOf(study: Study, model: Model, wanted: readonly string[], data: boolean): Arm[] {
  const names = [...model.therapies.map(({ name }) => name), ...(data ? [DATA_THERAPY] : [])];
  const therapies = names.map((name): Arm => ({ name, therapy: name }));
  const arms = study.arms ?? therapies;
  return wanted.map((name) => {
    const found = arms.find((arm) => arm.name === name) ?? therapies.find((arm) => arm.name === name);
    if (found !== undefined) return found;
    const known = [...new Set([...arms, ...therapies].map((arm) => arm.name))];
    throw new UsageError(`--arm ${name}: there is no such arm`, suggestion(name, known));
  });
}

function numberFor(name: string, text: string, unit: Unit, quantity: Quantity): number {
  const value = NUMBER.test(text) ? Number(text) : quantity(text, unit);
  if (typeof value !== 'number')
    throw new UsageError(`--set ${name}=${text}: ${value.message}`, inUnit(name, unit));
  if (!Number.isFinite(value)) throw new UsageError(`--set ${name}=${text}: the number is too large`);
  return value;
}

const inUnit = (name: string, unit: Unit) =>
  unit.atoms.length === 0 ? `${name} is a plain number` : `${name} is in ${unit.text}`;

function covariateValue(covariate: Covariate, text: string, quantity: Quantity): number {
  const { name, type, categories, unit } = covariate;
  if (type === 'number') return numberFor(name, text, unit, quantity);
  const index =
    type === 'yes/no'
      ? [/^(no|false|0)$/i, /^(yes|true|1)$/i].findIndex((word) => word.test(text))
      : categories.indexOf(text);
  if (index >= 0) return index;
  if (type === 'yes/no') throw new UsageError(`--set ${name}=${text}: ${name} is yes or no`);
  throw new UsageError(`--set ${name}=${text}: ${name} has no such category`, suggestion(text, categories));
}

function duration(option: string, text: string, model: Model, quantity: Quantity): string {
  const unit = model.time;
  const withUnit = NUMBER.test(text) ? `${text} ${unit.text}` : text;
  const value = quantity(withUnit, unit);
  const hint = `it takes a length of time, in ${unit.text} or another unit of time`;
  if (typeof value !== 'number') throw new UsageError(`--${option} ${text}: ${value.message}`, hint);
  if (!(value > 0 && Number.isFinite(value)))
    throw new UsageError(`--${option} ${text} is not longer than 0`, hint);
  return withUnit;
}
