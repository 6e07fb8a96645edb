// The benchmark's arguments. In: argv. Out: Options, or what is wrong with them.
export interface Options {
  readonly json: string | null;
  readonly quick: boolean;
  readonly gpu: boolean;
  readonly costs: boolean;
  readonly installPeers: boolean;
  readonly save: string | null;
  readonly patients: number | null;
  readonly rounds: number | null;
  readonly problems: readonly string[];
}

export const USAGE = `npm run -s bench -- [--json FILE|-] [--quick] [--costs] [--gpu] [--save NAME]
                    [--patients N] [--rounds N] [--problem NAME]... [--install-peers]
  --json FILE|-     rows as a JSON array, to a file or to standard output (then the table goes to standard error)
  --quick           PK and HIV at 10,000 patients, within a minute
  --costs           only how cost grows with the cohort, compile latency, memory at a million patients
  --gpu             WebGPU alone, 1,000 to 10,000,000 patients, on whatever adapter Vulkan offers
  --save NAME       also test/bench/results/NAME.json, with machine, load and date
  --install-peers   installs CVODE, R with deSolve and gcc on Debian (apt-get), then ends`;

export function readOptions(argv: readonly string[]): Options | { readonly wrong: string } {
  const problems: string[] = [];
  let [json, save, patients, rounds]: [string | null, string | null, number | null, number | null] = [
    null,
    null,
    null,
    null,
  ];
  let [quick, gpu, costs, installPeers] = [false, false, false, false];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    const needed = ['--json', '--save', '--patients', '--rounds', '--problem'].includes(word);
    const value = needed ? argv[++i] : undefined;
    if (needed && value === undefined) return { wrong: `${word} needs a value` };
    const text = value ?? '';
    if (word === '--json') json = text;
    else if (word === '--save') {
      if (!/^[a-z0-9-]+$/.test(text)) return { wrong: `--save ${text}: use small letters, digits and -` };
      save = text;
    } else if (word === '--problem') problems.push(text);
    else if (word === '--patients' || word === '--rounds') {
      const count = Number(text);
      if (!Number.isInteger(count) || count < 1)
        return { wrong: `${word} ${text}: use a whole number from 1` };
      if (word === '--patients') patients = count;
      else rounds = count;
    } else if (word === '--quick') quick = true;
    else if (word === '--gpu') gpu = true;
    else if (word === '--costs') costs = true;
    else if (word === '--install-peers') installPeers = true;
    else return { wrong: `${word} is not known` };
  }
  return { json, quick, gpu, costs, installPeers, save, patients, rounds, problems };
}
