// The benchmark's arguments. In: argv. Out: Options, or what is wrong with them.
export interface Options {
  readonly json: string | null;
  readonly quick: boolean;
  readonly gpu: boolean;
  readonly costs: boolean;
  readonly million: boolean;
  readonly errors: boolean;
  readonly installPeers: boolean;
  readonly save: string | null;
  readonly publish: string | null;
  readonly patients: number | null;
  readonly rounds: number | null;
  /** Of the card, in f32 [Tflop/s]. */
  readonly peakTflops: number | null;
  readonly problems: readonly string[];
}

export const USAGE = `npm run -s bench -- [--json FILE|-] [--quick] [--costs] [--errors] [--million]
                    [--gpu [--peak-tflops N]]
                    [--save NAME] [--patients N] [--rounds N]
                    [--problem NAME]... [--publish NAME] [--install-peers]
  --json FILE|-     rows as a JSON array, to a file or to standard output (then the table goes to standard error)
  --quick           PK and HIV at 10,000 patients, within a minute
  --costs           only how cost grows with the cohort, compile latency, memory at a million patients
  --million         only whole command lines of 100,000 and a million patients, twenty endpoints, tables to Parquet
  --errors          only the largest errors of PK's Cmax and HIV's peak over all of 10,000 patients
  --gpu             WebGPU alone, 1,000 to 10,000,000 patients, on whatever adapter Vulkan offers
  --peak-tflops N   with --gpu: the card's f32 peak, where its name does not tell
  --save NAME       also test/bench/results/NAME.json, with machine, load and date
  --publish NAME    only writes test/bench/results/NAME.json into README.md and public/speed.svg
  --install-peers   installs CVODE, R with deSolve and gcc on Debian (apt-get), then ends`;

export function readOptions(argv: readonly string[]): Options | { readonly wrong: string } {
  const problems: string[] = [];
  const words: { json: string | null; save: string | null; publish: string | null } = {
    json: null,
    save: null,
    publish: null,
  };
  const counts: { patients: number | null; rounds: number | null; peakTflops: number | null } = {
    patients: null,
    rounds: null,
    peakTflops: null,
  };
  let [quick, gpu, costs, million, errors, installPeers] = [false, false, false, false, false, false];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    const needed = [
      '--json',
      '--save',
      '--publish',
      '--patients',
      '--rounds',
      '--problem',
      '--peak-tflops',
    ].includes(word);
    const value = needed ? argv[++i] : undefined;
    if (needed && value === undefined) return { wrong: `${word} needs a value` };
    const text = value ?? '';
    if (word === '--json') words.json = text;
    else if (word === '--save' || word === '--publish') {
      if (!/^[a-z0-9-]+$/.test(text)) return { wrong: `${word} ${text}: use small letters, digits and -` };
      words[word === '--save' ? 'save' : 'publish'] = text;
    } else if (word === '--problem') problems.push(text);
    else if (word === '--patients' || word === '--rounds') {
      const count = Number(text);
      if (!Number.isInteger(count) || count < 1)
        return { wrong: `${word} ${text}: use a whole number from 1` };
      counts[word === '--patients' ? 'patients' : 'rounds'] = count;
    } else if (word === '--peak-tflops') {
      counts.peakTflops = Number(text);
      if (!(counts.peakTflops > 0)) return { wrong: `${word} ${text}: use a number of Tflop/s above 0` };
    } else if (word === '--quick') quick = true;
    else if (word === '--gpu') gpu = true;
    else if (word === '--costs') costs = true;
    else if (word === '--million') million = true;
    else if (word === '--errors') errors = true;
    else if (word === '--install-peers') installPeers = true;
    else return { wrong: `${word} is not known` };
  }
  return { ...words, ...counts, quick, gpu, costs, million, errors, installPeers, problems };
}
