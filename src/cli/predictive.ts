// `--vpc`: the visual predictive check of a dosing file. In: the command's options, a session, the study. Out: JSON text.
import { suggestion } from '../study/closest.ts';
import type { Tables } from '../study/prepare.ts';
import type { Study } from '../study/study.ts';
import type { VpcOptions } from '../study/vpc.ts';
import { DEFAULT_REPLICATES } from '../study/vpc-report.ts';
import type { RunCommand } from './arguments.ts';
import { settled } from './outcome.ts';
import type { Session } from './ports.ts';
import { progressLine } from './progress.ts';
import { readableJson } from './table.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage.ts';

const KEYS = ['replicates', 'bins', 'corrected', 'output', 'measurement', 'arm'];

export function vpcOptionsOf({ vpc, vpcOptions }: Pick<RunCommand, 'vpc' | 'vpcOptions'>): VpcOptions {
  const [first] = vpcOptions;
  if (vpc === undefined && first !== undefined)
    throw new UsageError(`--vpc-option ${first[0]} is about a check`, 'give it with --vpc FILE.json');
  const options: Record<string, string | number | boolean> = {};
  for (const [key, value] of vpcOptions) {
    if (!KEYS.includes(key))
      throw new UsageError(`--vpc-option ${key}: there is no such option`, suggestion(key, KEYS));
    if (key === 'corrected') {
      if (value !== 'yes' && value !== 'no')
        throw new UsageError(`--vpc-option corrected=${value}: say yes or no`);
      options[key] = value === 'yes';
    } else if (key === 'replicates' || key === 'bins') {
      if (!/^[1-9]\d{0,8}$/.test(value))
        throw new UsageError(`--vpc-option ${key}=${value}: give a whole number from 1`);
      options[key] = Number(value);
    } else options[key] = value;
  }
  return options;
}

export async function checkedText(
  session: Session,
  study: Study,
  tables: Tables,
  options: VpcOptions,
  io: Terminal,
): Promise<string> {
  const { onProgress, clear } = progressLine(io, options.replicates ?? DEFAULT_REPLICATES);
  try {
    const run = { signal: io.signal, onProgress };
    const { vpc } = settled(await session.predictiveCheck(study, tables, options, run));
    for (const note of vpc.notes) io.err(`predictive check: ${note}\n`);
    return `${readableJson(vpc)}\n`;
  } finally {
    clear();
  }
}
