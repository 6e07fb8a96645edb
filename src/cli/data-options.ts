// `--data` and `--data-option` as the study's `cohort.data`. In: keys and values as written, what the study had. Out: the
// field; keys that nobody knows and values that do not fit are UsageErrors. Keys are the study's, `read.` left out.
import { suggestion } from '../study/closest.ts';
import { describeErrors, parseStudy } from '../study/schema.ts';
import type { DataFile } from '../study/study.ts';
import { UsageError } from './usage.ts';

const ANSWERS = [
  'delimiter', 'decimal', 'thousands', 'missing', 'comments', 'dateFormat', 'timeUnit', 'returningId', 'timeGoesBack',
  'belowLimit', 'lloq', 'sexCoding.male', 'sexCoding.female',
]; // biome-ignore format: a list
/** Those that go by a name of the file's or the model's. */
const NAMED = ['compartments.', 'columns.', 'covariates.', 'output.'];
const KEYS = [...ANSWERS, 'output', ...NAMED.map((start) => `${start}NAME`)];

const WORDS: Readonly<Record<string, string>> = { tab: '\t', space: ' ', comma: ',', semicolon: ';' };

export function dataFile(
  file: string,
  options: readonly (readonly [string, string])[],
  before: DataFile | undefined,
): DataFile {
  const field: Record<string, unknown> = { ...before, file };
  const under = (name: string): Record<string, unknown> => {
    const known = field[name];
    const own = typeof known === 'object' && known !== null ? { ...known } : {};
    field[name] = own;
    return own as Record<string, unknown>;
  };
  for (const [key, value] of options) {
    const start = NAMED.find((named) => key.startsWith(named) && key.length > named.length);
    const name = key.slice(start?.length ?? 0);
    if (start === 'covariates.') {
      const [covariate = '', what = /^(locf|nocb|linear)$/.test(value) ? 'interpolation' : 'column'] =
        name.split('.');
      const covariates = under('covariates');
      covariates[covariate] = { ...(covariates[covariate] as object | undefined), [what]: value };
    } else if (start !== undefined) under(start.slice(0, -1))[name] = value;
    else if (key === 'output') field.output = value;
    else if (ANSWERS.includes(key)) answer(under('read'), key, value);
    else throw new UsageError(`--data-option ${key}: there is no such option`, suggestion(key, KEYS));
  }
  const parsed = parseStudy({ gemello: 1, model: { name: 'any' }, cohort: { data: field } });
  if ('errors' in parsed)
    throw new UsageError(describeErrors(parsed.errors).replace(/cohort\.data\.(read\.)?/g, '--data-option '));
  return parsed.study.cohort?.data ?? { file };
}

function answer(read: Record<string, unknown>, key: string, value: string): void {
  const [name = '', part] = key.split('.');
  if (part !== undefined) read[name] = { ...(read[name] as object | undefined), [part]: value };
  else if (name === 'missing') read[name] = value === 'none' ? [] : value.split(',');
  else if (name === 'lloq') read[name] = Number(value);
  else read[name] = WORDS[value] ?? value;
}

/** What the study layer calls by its field, as the option that answers it. */
export const asOptions = (message: string): string =>
  message.replace(/cohort\.data\.(?:read\.)?(?=[a-z])/g, '--data-option ');
