// Arguments to a Command, strictly: an unknown option, a missing value or a number with a tail is a UsageError.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { BackendName } from '../engine/backend.ts';
import { suggestion } from '../study/closest.ts';
import { MAX_PATIENTS } from '../study/schema.ts';
import { formatOf } from '../study/sheet.ts';
import { MOST_RESAMPLES, MOST_STUDIES } from '../study/study.ts';
import {
  COMMAND_NAMES,
  COMMANDS,
  type CommandName,
  type CommandRow,
  isCommand,
  UsageError,
} from './usage.ts';

export type Command =
  | { readonly kind: 'help'; readonly command?: CommandName }
  | { readonly kind: 'version' }
  | { readonly kind: 'models' }
  | CheckCommand
  | RunCommand;

export interface CheckCommand {
  readonly kind: 'check';
  readonly input: string;
  readonly checks: boolean;
  readonly backend: BackendName | 'auto';
}

export interface RunCommand {
  readonly kind: 'run';
  readonly input: string;
  readonly backend: BackendName | 'auto';
  readonly patients?: number;
  readonly seed?: string;
  readonly studies?: number;
  readonly clouds?: number;
  readonly weights?: string;
  /** [covariate, cuts as written]. */
  readonly subgroups: readonly (readonly [string, readonly number[]])[];
  readonly bootstrap?: number;
  readonly arms: readonly string[];
  /** [name, value as written]. */
  readonly set: readonly (readonly [string, string])[];
  readonly versus?: string;
  readonly better: readonly (readonly [string, 'higher' | 'lower'])[];
  readonly typical: boolean;
  readonly filter?: string;
  readonly cohort?: string;
  readonly data?: string;
  /** [key, value as written]. */
  readonly dataOptions: readonly (readonly [string, string])[];
  readonly audit: boolean;
  readonly ledger?: string;
  readonly nonmem?: string;
  readonly until?: string;
  readonly every?: string;
  readonly method?: string;
  readonly json?: string;
  readonly vpc?: string;
  /** [key, value as written]. */
  readonly vpcOptions: readonly (readonly [string, string])[];
  readonly nca?: string;
  /** [key, value as written]. */
  readonly ncaOptions: readonly (readonly [string, string])[];
  readonly summary?: string;
  readonly endpoints?: string;
  readonly parameters?: string;
  readonly trajectories?: string;
}

/** Values by option name (a switch has one empty value), and the arguments that belong to no option. */
interface Given {
  readonly options: ReadonlyMap<string, readonly string[]>;
  readonly free: readonly string[];
}

export function parseCommand(argv: readonly string[]): Command {
  const [first, ...rest] = argv;
  if (first === undefined) throw new UsageError('there is no command', 'gemello --help lists them');
  if (first === '--help' || first === '-h' || first === 'help') {
    const [command] = rest;
    return { kind: 'help', ...(command !== undefined && isCommand(command) && { command }) };
  }
  if (first === '--version' || first === '-V') return { kind: 'version' };
  if (first.startsWith('-'))
    throw new UsageError(`the command comes first, before ${first}`, 'gemello --help');
  if (!isCommand(first))
    throw new UsageError(`there is no command ${first}`, suggestion(first, COMMAND_NAMES));
  const help = rest.indexOf('--help') >= 0 || rest.indexOf('-h') >= 0;
  if (help) return { kind: 'help', command: first };
  const given = read(first, rest);
  switch (first) {
    case 'models':
      if (given.free.length > 0) throw new UsageError(`models takes no arguments: ${given.free.join(' ')}`);
      return { kind: 'models' };
    case 'check':
      return {
        kind: 'check',
        input: oneInput(first, given.free),
        checks: given.options.has('checks'),
        backend: backendOf(given),
      };
    case 'run':
      return runCommand(given);
    default:
      return first satisfies never;
  }
}

function runCommand(given: Given): RunCommand {
  const one = (name: string) => given.options.get(name)?.[0];
  const text = <K extends string>(name: K) => {
    const value = one(name);
    return (value === undefined ? {} : { [name]: value }) as { readonly [key in K]?: string };
  };
  const patients = one('patients');
  const seed = one('seed');
  const typical = given.options.has('typical');
  if (patients !== undefined && !inRange(patients, 1n, BigInt(MAX_PATIENTS)))
    throw new UsageError(
      `--patients ${patients}: give a whole number from 1 to 10,000,000`,
      'such as --patients 10000',
    );
  if (seed !== undefined && !inRange(seed, 0n, 2n ** 64n - 1n))
    throw new UsageError(
      `--seed ${seed}: give a whole number from 0 to 18446744073709551615`,
      'such as --seed 1',
    );
  const whole = (name: string, low: number, high: number, example: number) => {
    const value = one(name);
    if (value !== undefined && !inRange(value, BigInt(low), BigInt(high)))
      throw new UsageError(
        `--${name} ${value}: give a whole number from ${low} to ${high}`,
        `such as --${name} ${example}`,
      );
    return value === undefined ? {} : { [name]: Number(value) };
  };
  const counts: Pick<RunCommand, 'studies' | 'clouds' | 'bootstrap'> = {
    ...whole('studies', 2, MOST_STUDIES, 100),
    ...whole('clouds', 2, MAX_PATIENTS, 200),
    ...whole('bootstrap', 100, MOST_RESAMPLES, 1000),
  };
  const data = one('data');
  if (data !== undefined && one('cohort') !== undefined)
    throw new UsageError('patients come from --cohort or from --data, not both');
  if (typical && data === undefined && patients !== undefined && patients !== '1')
    throw new UsageError('--typical is one patient', `leave out --patients ${patients}`);
  for (const name of [
    'nca',
    'summary',
    'endpoints',
    'parameters',
    'trajectories',
    'ledger',
    'nonmem',
    'cohort',
    'data',
    'weights',
  ])
    if (one(name) === '-')
      throw new UsageError(`--${name} needs a file; only --json and --vpc can print to -`);
  for (const name of ['summary', 'endpoints']) {
    const file = one(name);
    if (file !== undefined && formatOf(file) === null)
      throw new UsageError(
        `--${name} ${file}: the file's ending says what it becomes, .csv or .parquet`,
        `such as --${name} ${name}.csv`,
      );
  }
  if (one('json') === '-' && one('vpc') === '-')
    throw new UsageError('--json and --vpc cannot both print to -');
  const files = [
    'json',
    'vpc',
    'nca',
    'summary',
    'endpoints',
    'parameters',
    'trajectories',
    'ledger',
    'nonmem',
  ]
    .map(one)
    .flatMap((file) => (file === undefined || file === '-' ? [] : [resolve(file)]));
  if (new Set(files).size < files.length) throw new UsageError('two outputs would go to the same file');
  return {
    kind: 'run',
    input: oneInput('run', given.free),
    backend: backendOf(given),
    ...(patients !== undefined && { patients: Number(patients) }),
    ...(seed !== undefined && { seed: BigInt(seed).toString() }),
    ...counts,
    subgroups: (given.options.get('subgroups') ?? []).map(splitOf),
    arms: [...new Set(given.options.get('arm') ?? [])],
    set: assignments(given.options.get('set') ?? []),
    better: directions(given.options.get('better') ?? []),
    ...text('versus'),
    typical,
    dataOptions: pairs('data-option', given.options.get('data-option') ?? [], 'timeUnit=h'),
    audit: given.options.has('audit'),
    vpcOptions: pairs('vpc-option', given.options.get('vpc-option') ?? [], 'replicates=500'),
    ncaOptions: pairs('nca-option', given.options.get('nca-option') ?? [], 'output=conc'),
    ...text('vpc'),
    ...text('nca'),
    ...text('summary'),
    ...text('endpoints'),
    ...text('weights'),
    ...text('filter'),
    ...text('cohort'),
    ...text('data'),
    ...text('ledger'),
    ...text('nonmem'),
    ...text('until'),
    ...text('every'),
    ...text('method'),
    ...text('json'),
    ...text('parameters'),
    ...text('trajectories'),
  };
}

const assignments = (texts: readonly string[]): RunCommand['set'] =>
  pairs('set', texts, 'TVCL=5 or --set "CRCL=90 mL/min"');

const directions = (texts: readonly string[]): RunCommand['better'] =>
  pairs('better', texts, 'response=higher').map(([name, way]) => {
    if (way === 'higher' || way === 'lower') return [name, way];
    throw new UsageError(`--better ${name}=${way}: say higher or lower`);
  });

/** `CRCL:30,60`; no cuts without a colon. */
function splitOf(text: string): RunCommand['subgroups'][number] {
  const [name = '', ...rest] = text.split(':');
  const cuts = rest.length === 0 ? [] : rest.join(':').split(',').map(Number);
  if (name.trim() === '' || cuts.some((cut) => !Number.isFinite(cut)) || rest.join('').includes(' '))
    throw new UsageError(`--subgroups ${text}: write COVARIATE or COVARIATE:CUT,CUT`, 'such as CRCL:30,60');
  return [name.trim(), cuts];
}

function pairs(option: string, texts: readonly string[], example: string): RunCommand['set'] {
  const all = texts.map((text): readonly [string, string] => {
    const at = text.indexOf('=');
    const name = text.slice(0, at).trim();
    const value = text.slice(at + 1);
    // A delimiter may be a tab or a space.
    const settled = option === 'set' ? value.trim() : value;
    if (at < 0 || name === '' || settled === '')
      throw new UsageError(
        `--${option} ${text}: write ${option === 'set' ? 'NAME' : 'KEY'}=VALUE`,
        `such as --${option} ${example}`,
      );
    return [name, settled];
  });
  const twice = all.find(([name], i) => all.slice(0, i).some(([earlier]) => earlier === name));
  if (twice !== undefined) throw new UsageError(`--${option} ${twice[0]} is given twice`);
  return all;
}

const inRange = (text: string, low: bigint, high: bigint): boolean =>
  /^\d{1,20}$/.test(text) && BigInt(text) >= low && BigInt(text) <= high;

function backendOf(given: Given): BackendName | 'auto' {
  const name = given.options.get('backend')?.[0] ?? 'auto';
  if (name === 'webgpu' || name === 'webassembly' || name === 'auto') return name;
  throw new UsageError(
    `--backend ${name}: there is no such backend`,
    suggestion(name, ['webgpu', 'webassembly']),
  );
}

function oneInput(command: CommandName, free: readonly string[]): string {
  const [input, ...more] = free;
  const wanted = COMMANDS[command].input;
  if (input === undefined) throw new UsageError(`${command} needs ${wanted}`, `gemello ${command} --help`);
  if (more.length > 0) throw new UsageError(`${command} takes one ${wanted}, not also ${more.join(' ')}`);
  return input;
}

function read(command: CommandName, args: readonly string[]): Given {
  const known: CommandRow['options'] = COMMANDS[command].options;
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(known).map(([name, row]) => [
        name,
        { type: row.value === '' ? 'boolean' : 'string', multiple: true } as const,
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const options = new Map<string, string[]>();
  const free: string[] = [];
  /** Arguments taken as further values of an option that allows many, in case one was the input after all. */
  const taken: { values: string[]; index: number }[] = [];
  let open: string[] | undefined;
  for (const token of tokens) {
    if (token.kind === 'option-terminator') open = undefined;
    else if (token.kind === 'positional') {
      if (open === undefined) free.push(token.value);
      else taken.push({ values: open, index: open.push(token.value) - 1 });
    } else {
      const row = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
      if (row === undefined) {
        const hint = suggestion(token.name, Object.keys(known))
          .replace(/(mean|is|are) /, '$1 --')
          .replace(/, /g, ', --');
        throw new UsageError(`${command} has no option ${token.rawName}`, hint);
      }
      const values = options.get(token.name) ?? [];
      if (values.length > 0 && row.many === undefined)
        throw new UsageError(`${token.rawName} is given twice`);
      if (row.value === '') {
        if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`);
        values.push('');
      } else {
        const missing = token.value === undefined || token.value === '';
        if (missing || (!token.inlineValue && /^--[a-z]/.test(token.value ?? '')))
          throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${row.value}`);
        values.push(token.value ?? '');
      }
      options.set(token.name, values);
      open = row.many === undefined ? undefined : values;
    }
  }
  // `run --arm fixed FILE`: with no other input, the last value taken was it.
  const last = taken.at(-1);
  if (free.length === 0 && last !== undefined) free.push(...last.values.splice(last.index, 1));
  return { options, free };
}
