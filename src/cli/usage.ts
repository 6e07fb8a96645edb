// What the commands and their options are, and the texts that say so. The option table is the one source: parsing,
// hints on a mistyped option and the help are all read off it.

/** Misuse of the command line: exit status 2, with a remedy. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly hint: string;
  constructor(message: string, hint = '') {
    super(message);
    this.hint = hint;
  }
}

export interface OptionRow {
  /** What follows the name in the help; empty for a switch. */
  readonly value: string;
  readonly help: string;
  /** May be given more than once, or with several values after one name. */
  readonly many?: true;
}

export interface CommandRow {
  readonly input: string;
  readonly help: string;
  readonly options: Readonly<Record<string, OptionRow>>;
  /** Whole command lines; the tests run every one. */
  readonly examples: readonly string[];
}

const BACKEND: OptionRow = { value: 'webgpu|webassembly', help: 'what computes; chosen by itself otherwise' };

export const COMMANDS = {
  check: {
    input: 'MODEL',
    help: 'Read a model and print what is wrong with it, each with its line and a hint.',
    options: {
      checks: { value: '', help: "also run the model's check lines: expected, got, tolerance, pass" },
      backend: BACKEND,
    },
    examples: ['gemello check mine.model', 'gemello check vancomycin --checks'],
  },
  run: {
    input: 'MODEL|STUDY.json|LINK',
    help: 'Run virtual patients through every arm and print their outcomes.',
    options: {
      patients: { value: 'N', help: 'how many, 1 to 10,000,000' },
      seed: {
        value: 'S',
        help: 'a whole number from 0 to 2^64 - 1; patient i of seed S is always the same person',
      },
      studies: {
        value: 'K',
        help: 'share the patients among K studies, each with uncertain parameters of its own: bands between studies',
      },
      clouds: {
        value: 'K',
        help: 'each row of --cohort is one individual, drawn K times: a cloud of its own',
      },
      weights: {
        value: 'FILE.json',
        help: 'what the cohort should look like, as a list of targets: patients are weighted to meet them',
      },
      backend: BACKEND,
      arm: { value: 'NAME ...', help: 'only these arms (or therapies of the model)', many: true },
      versus: { value: 'NAME', help: 'the arm that the others are compared with; the first otherwise' },
      better: {
        value: 'ENDPOINT=higher|lower ...',
        help: 'which way is good for the patient, for numbers needed to treat and to harm',
        many: true,
      },
      subgroups: {
        value: 'COVARIATE[:CUT,...] ...',
        help: 'the outcomes again for parts of the cohort: DIAL, CRCL:30,60; at the median without cuts',
        many: true,
      },
      bootstrap: {
        value: 'B',
        help: 'resample the patients B times for intervals of medians and their ratios',
      },
      set: {
        value: 'NAME=VALUE ...',
        help: 'a parameter, or a covariate for everyone: TVCL=5, "CRCL=90 mL/min", DIAL=yes',
        many: true,
      },
      typical: {
        value: '',
        help: 'one patient: random effects zero, covariates at their medians unless set',
      },
      cohort: { value: 'FILE.csv', help: "patients' covariates from a table, repeated up to N" },
      filter: {
        value: '"CONDITION"',
        help: 'who takes part, such as "CRCL < 60 [mL/min] and not DIAL"; as many more are drawn',
      },
      data: {
        value: 'FILE.csv',
        help: 'patients with their own doses, covariates and observations (NONMEM-style); the arm is data',
      },
      'data-option': {
        value: 'KEY=VALUE ...',
        help: 'what the file leaves open: delimiter=; timeUnit=h compartments.1=depot covariates.WT=nocb output.2=effect',
        many: true,
      },
      until: { value: 'T', help: 'how long, such as "168 h"; a bare number is in the model\'s time unit' },
      every: { value: 'DT', help: 'time between output points' },
      method: {
        value: 'NAME',
        help: 'the solver: tsit5, or rodas4 for a stiff model; chosen by a trial otherwise',
      },
      json: { value: 'FILE|-', help: 'the result as JSON; - prints it, and nothing else' },
      vpc: {
        value: 'FILE|-',
        help: 'the observations of --data against simulated ones: a visual predictive check, as JSON',
      },
      'vpc-option': {
        value: 'KEY=VALUE ...',
        help: 'replicates=500 bins=10 corrected=yes output=conc measurement=level arm=data',
        many: true,
      },
      nca: { value: 'FILE.csv', help: 'non-compartmental analysis of an output, a row a patient and arm' },
      'nca-option': {
        value: 'KEY=VALUE ...',
        help: 'output=conc dose="100 mg" from="0 h" tau="12 h" times=0.5,1,2,4,8 rule=linear',
        many: true,
      },
      summary: { value: 'FILE.csv|.parquet', help: 'the result as a table: a row an arm, number and time' },
      endpoints: {
        value: 'FILE.csv|.parquet',
        help: "a row a patient and arm: covariates, random effects, every endpoint's value",
      },
      parameters: {
        value: 'FILE.csv|.parquet',
        help: 'a row a patient: id, covariates, random effects, definitions',
      },
      trajectories: { value: 'FILE.csv', help: 'a row a patient, arm and time: outputs and compartments' },
      ledger: { value: 'FILE.csv', help: 'a row a patient, arm and dose, as really given' },
      nonmem: {
        value: 'FILE.csv',
        help: 'the simulated patients as a NONMEM-style file: doses given, outputs as DV',
      },
      audit: {
        value: '',
        help: "run every patient's ledger again as a plain schedule and compare; exit status 1 where it differs",
      },
    },
    examples: [
      'gemello run vancomycin --patients 10000 --arm fixed --arm weighted',
      'gemello run vancomycin --versus fixed --better hit=higher high=lower',
      'gemello run vancomycin --subgroups DIAL CRCL:30,60 --bootstrap 1000',
      'gemello run vancomycin --typical --set "CRCL=90 mL/min" DIAL=no --until "14 d"',
      'gemello run vancomycin --filter "CRCL < 60 [mL/min] and WT > 50 [kg]"',
      'gemello run study.json --json - --seed 7',
      'gemello run mine.model --cohort people.csv --parameters patients.csv --trajectories curves.csv',
      'gemello run theophylline --data doses.csv --data-option timeUnit=h compartments.1=gut --nonmem simulated.csv',
      'gemello run titrated.model --audit --ledger given.csv',
    ],
  },
  models: {
    input: '',
    help: 'List the models that come with Gemello.',
    options: {},
    examples: ['gemello models'],
  },
} as const satisfies Readonly<Record<string, CommandRow>>;

export type CommandName = keyof typeof COMMANDS;
export const COMMAND_NAMES = Object.keys(COMMANDS) as readonly CommandName[];
export const isCommand = (name: string): name is CommandName => Object.hasOwn(COMMANDS, name);

export function helpText(command?: CommandName): string {
  if (command !== undefined) {
    const row: CommandRow = COMMANDS[command];
    const options = Object.entries(row.options).map(([name, option]) => [
      `  --${name}${option.value === '' ? '' : ` ${option.value}`}`,
      option.help,
    ]);
    const usage = `gemello ${command}${row.input === '' ? '' : ` ${row.input}`}`;
    return [
      `${usage}${options.length > 0 ? ' [options]' : ''}`,
      '',
      row.help,
      ...(row.input === '' ? [] : [inputHelp(command)]),
      ...(options.length === 0 ? [] : ['', ...aligned(options)]),
      '',
      ...row.examples.map((example) => `  ${example}`),
      '',
    ].join('\n');
  }
  const commands = COMMAND_NAMES.map((name) => {
    const { input, help } = COMMANDS[name];
    return [`  gemello ${name}${input === '' ? '' : ` ${input}`}`, help];
  });
  return [
    'Gemello: cohorts of virtual patients from a page of text.',
    '',
    ...aligned(commands),
    '',
    'gemello COMMAND --help shows its options; gemello --version the version.',
    'Exit status: 0 done, 1 the model, study or device failed, 2 misuse, 130 stopped.',
    '',
  ].join('\n');
}

function inputHelp(command: CommandName): string {
  const model = 'MODEL is a file, or the name of a model that comes with Gemello (gemello models).';
  return command === 'run' ? `${model} LINK is what the page's Share link copies.` : model;
}

function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([left = '']) => left.length));
  return rows.map(([left = '', right = '']) => `${left.padEnd(width)}  ${right}`);
}
