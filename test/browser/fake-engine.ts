// An engine that answers at once with made-up but smooth numbers, for looking at the page and testing its elements.
// In: what the page asks. Out: replies of every kind, remembered in `calls`. Never part of the product.
import type {
  ArmTimeline,
  AuditReply,
  DoseFile,
  EngineApi,
  EngineConnection,
  FileReply,
  FileRequest,
  ModelCard,
  ModelView,
  PatientCurves,
  RunCurves,
  RunReply,
  RunRequest,
  TableFacts,
  VpcReply,
  VpcRequest,
} from '../../src/app/client.ts';
import { NO_TIMELINE } from '../../src/app/timeline/marks.ts';
import type { Diagnostic } from '../../src/language/diagnostic.ts';
import type { EndpointResult, OutputResult, Quantile, Result } from '../../src/study/result.ts';
import type { DataFile, Study } from '../../src/study/study.ts';
import { DEFAULT_PATIENTS } from '../../src/study/study.ts';
import type { Vpc, VpcBand, VpcPoints } from '../../src/study/vpc-report.ts';

export const VANCOMYCIN: ModelView = {
  name: 'vancomycin',
  title: 'Vancomycin in hospitalised adults',
  question: 'What share of patients reaches AUC 400–600 on each regimen?',
  area: 'Intensive care, infection',
  use: 'Teaching and research. Not for treating a patient.',
  licence: 'CC BY 4.0',
  sources: [{ reference: 'doi:10.1097/FTD.0000000000000490', text: 'Goti 2018' }],
  time: 'h',
  show: { until: 168, every: 1 },
  parameters: [
    {
      name: 'TVCL',
      label: 'Clearance at 120 mL/min',
      unit: 'L/h',
      value: 4.5,
      range: { low: 1, high: 15 },
      source: 'Table 2',
      provenance: 'paper',
    },
    {
      name: 'TVV',
      label: 'Central volume at 70 kg',
      unit: 'L',
      value: 58.4,
      range: { low: 20, high: 120 },
      source: 'Table 2',
      provenance: 'paper',
    },
    {
      name: 'TVP',
      label: 'Peripheral volume',
      unit: 'L',
      value: 38.4,
      source: 'Table 2',
      provenance: 'paper',
    },
    {
      name: 'Q',
      label: 'Intercompartmental flow',
      unit: 'L/h',
      value: 6.5,
      range: { low: 0.1, high: 65 },
      source: '',
      provenance: 'assumption',
    },
  ],
  covariates: [
    {
      name: 'WT',
      label: 'Body weight',
      unit: 'kg',
      type: 'number',
      categories: [],
      distribution: 'lognormal',
      parameters: { median: 79, sdlog: 0.27 },
      within: { low: 33, high: 255 },
    },
    {
      name: 'CRCL',
      label: 'Creatinine clearance',
      unit: 'mL/min',
      type: 'number',
      categories: [],
      distribution: 'lognormal',
      parameters: { median: 62, sdlog: 0.65 },
      within: { low: 4, high: 150 },
    },
    {
      name: 'DIAL',
      label: 'On haemodialysis',
      unit: '',
      type: 'yes/no',
      categories: [],
      distribution: 'bernoulli',
      parameters: { p: 0.185 },
    },
  ],
  outputs: [
    {
      name: 'conc',
      label: 'Plasma concentration',
      unit: 'mg/L',
      axis: 'linear',
      target: { low: 10, high: 20 },
    },
  ],
  therapies: [
    {
      name: 'fixed',
      label: '1 g every 12 hours',
      text: 'dose 1000 [mg] into central over 1 h every 12 h times 14',
    },
    {
      name: 'weighted',
      label: '25 mg/kg, then 15 mg/kg every 12 hours',
      text: 'dose 25 [mg/kg] * WT into central over 2 h\ndose 15 [mg/kg] * WT into central over 1 h from 12 h every 12 h times 13',
    },
  ],
  compartments: ['central', 'peripheral'],
  endpoints: [
    { name: 'auc24', label: 'AUC over the fifth day', unit: 'mg*h/L', type: 'value' },
    { name: 'hit', label: 'AUC 400–600', unit: '', type: 'probability' },
    { name: 'trough', label: 'Trough at 168 h', unit: 'mg/L', type: 'value' },
  ],
  checks: 12,
};

const TEXT = `model vancomycin "Vancomycin in hospitalised adults"
  source doi:10.1097/FTD.0000000000000490 "Goti 2018"
  time h

covariate WT   "Body weight"          : kg     ~ lognormal(median 79, sdlog 0.27) within 33 .. 255
parameter TVCL "Clearance at 120 mL/min" = 4.5 [L/h]  range 1 .. 15  source "Table 2"

compartment central : mg
flow elimination : central -> at CLL / V1 * central
`;

export function card(view: ModelView, text = TEXT): ModelCard {
  const { name, title, question, area, sources, checks } = view;
  return { name, title, question, area, sources, checks, text };
}

export const CARDS: readonly ModelCard[] = [
  card(VANCOMYCIN),
  {
    ...card(VANCOMYCIN),
    name: 'theophylline',
    title: 'Oral theophylline',
    question: 'How far do twelve people differ after one dose?',
    area: 'Clinical pharmacology',
    checks: 9,
  },
  {
    ...card(VANCOMYCIN),
    name: 'sepsis',
    title: 'Acute inflammation and its resolution',
    question: 'Who recovers, and who slides into septic shock?',
    area: 'Intensive care',
    checks: 7,
  },
  {
    ...card(VANCOMYCIN),
    name: 'hiv',
    title: 'HIV under protease inhibition',
    question: 'How fast does plasma virus fall in the first week?',
    area: 'Infection',
    checks: 1,
  },
];

export const PROBLEM: Diagnostic = {
  severity: 'error',
  message: 'unknown name CLL',
  hint: 'did you mean CL?',
  span: { start: TEXT.indexOf('CLL'), end: TEXT.indexOf('CLL') + 3 },
  line: 9,
  column: TEXT.split('\n')[8]?.indexOf('CLL') ?? 0,
};

export interface FakeOptions {
  readonly view?: ModelView;
  readonly milliseconds?: number;
  /** Arms in which something is decided. */
  readonly decided?: true;
  /** Answers instead of the made-up result. */
  readonly reply?: (study: Study) => RunReply | null;
  readonly audit?: () => AuditReply;
  /** What a file of doses holds. */
  readonly doses?: (text: string, file: DataFile) => DoseFile;
}

export const DOSE_FILE: DoseFile = {
  subjects: 2,
  doses: 4,
  observations: 6,
  resets: 0,
  idle: 1,
  rows: 12,
  columns: [],
  notes: [],
  questions: [],
  problems: [],
  count: 0,
  places: [{ said: '1', into: 'central' }],
  kinds: [''],
  misfits: [],
  until: 48,
};

export class FakeEngine implements EngineApi {
  readonly calls: {
    readonly study: Study;
    readonly patients: number | undefined;
    readonly table?: string;
  }[] = [];
  /** Patients asked for one by one, with the study they were asked of. */
  readonly asked: { readonly study: Study; readonly patients: readonly number[]; readonly table?: string }[] =
    [];
  readonly #options: FakeOptions;
  readonly audits: { readonly study: Study; readonly patients: number }[] = [];
  /** Covariates whose spread was asked for. */
  readonly looks: string[] = [];
  #runs = 0;
  #audits = 0;
  readonly checks: { readonly study: Study; readonly choice: VpcRequest }[] = [];
  #checks = 0;
  #exports = 0;

  constructor(options: FakeOptions = {}) {
    this.#options = options;
  }

  async start() {
    return {
      backend: 'webassembly',
      precision: 'f64',
      device: '2 workers',
      reason: 'there is no WebGPU here, so WebAssembly runs',
    } as const;
  }

  async library() {
    return [...CARDS];
  }

  async check(text: string) {
    const broken = text.includes('WRONG');
    return {
      model: broken ? null : (this.#options.view ?? VANCOMYCIN),
      diagnostics: broken ? [PROBLEM] : [],
    };
  }

  async checkTherapy(_: Study['model'], text: string) {
    const at = text.indexOf('WRONG');
    return at < 0 ? [] : [{ ...PROBLEM, span: { start: at, end: at + 5 }, line: 1, column: at + 1 }];
  }

  async checkFilter(_: Study['model'], text: string) {
    const at = text.indexOf('WRONG');
    return at < 0 ? [] : [{ ...PROBLEM, span: { start: at, end: at + 5 }, line: 1, column: at + 1 }];
  }

  async spread(_: Study, { of, edges = [30, 60, 90, 120] }: { of: string; edges?: readonly number[] }) {
    this.looks.push(of);
    const shares = edges.slice(1).map((__, bar) => (bar === 1 ? 0.5 : 0.5 / (edges.length - 2)));
    return { edges, shares, mean: 80, sd: 15, median: 79 };
  }

  async readDoses(_: Study['model'], text: string, file: DataFile): Promise<DoseFile> {
    return this.#options.doses?.(text, file) ?? DOSE_FILE;
  }

  async run(
    study: Study,
    { patients, tables = {} }: RunRequest,
    onProgress?: (finished: number, of: number) => void,
  ): Promise<RunReply> {
    const name = study.cohort?.table ?? study.cohort?.data?.file;
    const table = name === undefined ? undefined : tables[name];
    this.calls.push({ study, patients, ...(table !== undefined && { table }) });
    const run = ++this.#runs;
    const of = study.cohort?.typical ? 1 : (study.cohort?.patients ?? DEFAULT_PATIENTS);
    const asked = Math.min(patients ?? of, of);
    const { milliseconds = 0 } = this.#options;
    for (let part = 1; part <= 10 && milliseconds > 0; part++) {
      await new Promise((resolve) => setTimeout(resolve, (milliseconds / 10) * (asked / of)));
      if (run !== this.#runs) return { kind: 'superseded' };
      onProgress?.((asked * part) / 10, asked);
    }
    const other = this.#options.reply?.(study);
    if (other) return other;
    const errors = name === undefined ? [] : tableErrors(name, table);
    if (errors.length > 0)
      return { kind: 'refused', errors: errors.map((message) => ({ field: 'cohort.table', message })) };
    const { decided } = this.#options;
    const made = { ...makeUp(study, this.#options.view ?? VANCOMYCIN, asked), ...(decided && { decided }) };
    if (name === undefined || table === undefined) return { kind: 'result', ...made };
    return { kind: 'result', ...made, table: factsOf(name, table) };
  }

  async individuals(
    study: Study,
    patients: number[],
    { tables = {} }: Pick<RunRequest, 'tables'> = {},
  ): Promise<PatientCurves> {
    const table = tables[study.cohort?.table ?? ''];
    this.asked.push({ study, patients, ...(table !== undefined && { table }) });
    const view = this.#options.view ?? VANCOMYCIN;
    const heights = patients.map((patient) => 2.4 * Math.sin(1 + patient));
    return {
      ...curvesOf(study, view, patients, heights),
      covariates: patients.map((patient) => ({ WT: 60 + patient, CRCL: 55.4, DIAL: patient % 2 })),
    };
  }

  async audit(
    study: Study,
    { patients = DEFAULT_PATIENTS }: Pick<RunRequest, 'patients' | 'tables'>,
    onProgress?: (finished: number, of: number) => void,
  ): Promise<AuditReply> {
    this.audits.push({ study, patients });
    const audit = ++this.#audits;
    for (let part = 1; part <= 4; part++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (audit !== this.#audits) return { kind: 'superseded' };
      onProgress?.((patients * part) / 4, patients);
    }
    // As over a port of its own: a last word that is later than the answer.
    setTimeout(() => onProgress?.(patients, patients), 5);
    const same = { patients, failed: 0, replayed: patients, bitEqual: patients, largestDifference: 0 };
    const arms = (study.arms ?? []).map(({ name }) => ({ name, ...same, located: false }));
    return (
      this.#options.audit?.() ?? { kind: 'done', audit: { patients, arms }, reproduced: arms.map(() => true) }
    );
  }

  async cancelAudit() {
    this.#audits++;
  }

  async predictiveCheck(
    study: Study,
    { tables: _, ...choice }: VpcRequest,
    onProgress?: (finished: number) => void,
  ): Promise<VpcReply> {
    this.checks.push({ study, choice });
    const check = ++this.#checks;
    for (let part = 1; part <= 4; part++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (check !== this.#checks) return { kind: 'superseded' };
      onProgress?.(125 * part);
    }
    return { kind: 'done', ...makeUpCheck(choice) };
  }

  async cancelPredictiveCheck() {
    this.#checks++;
  }

  async exportEndpoints(
    study: Study,
    { format }: FileRequest,
    onProgress?: (finished: number, of: number) => void,
  ): Promise<FileReply> {
    const own = ++this.#exports;
    const of = study.cohort?.patients ?? DEFAULT_PATIENTS;
    for (let part = 1; part <= 4; part++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      if (own !== this.#exports) return { kind: 'superseded' };
      onProgress?.((of * part) / 4, of);
    }
    return { kind: 'done', file: new Blob([`made up as ${format}`]) };
  }

  async cancelExport() {
    this.#exports++;
  }

  async cancel() {
    this.#runs++;
  }

  async verify() {
    return Array.from({ length: 12 }, (_, index) => ({
      label: `steady-state trough, patient ${index + 1}`,
      expected: 12.9578,
      got: index === 11 ? 13.2 : 12.958,
      unit: 'mg/L',
      pass: index !== 11,
      tolerance: '0.1 %',
      source: 'Table 3',
      fault: '',
    }));
  }
}

export function fakeConnection(engine: EngineApi): EngineConnection {
  return { engine, dead: new Promise(() => undefined), close: () => undefined };
}

/** As the real one answers, in as few words as a test needs. */
function tableErrors(name: string, table: string | undefined): readonly string[] {
  if (table === undefined) return [`the table ${name} is not here: open the file beside the study`];
  return table
    .split('\n')
    .flatMap((row, at) => (row.includes(';') ? [`row ${at + 1} has semicolons ("${row}")`] : []));
}

function factsOf(name: string, table: string): TableFacts {
  return {
    name,
    rows: table.trim().split('\n').length - 1,
    // Of this text and no other, as a digest is.
    sha256: [...table].map((letter) => letter.charCodeAt(0).toString(16)).join(''),
    columns: {
      WT: { low: 41.2, median: 78, high: 112, mean: 79 },
      CRCL: { low: 12, median: 60, high: 140, mean: 65 },
      DIAL: { low: 0, median: 0, high: 1, mean: 0.25 },
    },
    warnings: table.includes('NOTE') ? ['not read, because the model has no such covariate: NOTE'] : [],
  };
}

/** Four bins, in the last of which the model is wrong; nothing was measured in the third. */
export function makeUpCheck({ corrected = false, replicates = 500 }: VpcRequest = {}): {
  readonly vpc: Vpc;
  readonly points: VpcPoints;
} {
  const nothing = { observed: null, low: null, median: null, high: null, inside: null };
  const bins = [0, 6, 12, 24].map((from, b) => {
    const empty = b === 2;
    const band = (factor: number): VpcBand => {
      const middle = (factor * 40) / (b + 1);
      const observed = b === 3 ? 2 * middle : middle;
      const [low, high] = [0.8 * middle, 1.2 * middle];
      return empty ? nothing : { observed, low, median: middle, high, inside: b !== 3 };
    };
    const bands = { p5: band(0.5), p50: band(1), p95: band(2) };
    return {
      from,
      to: [6, 12, 24, 48][b] ?? 0,
      time: empty ? null : from + 3,
      observations: empty ? 0 : 6,
      ...bands,
    };
  });
  const vpc: Vpc = {
    model: 'vancomycin',
    seed: '1',
    arm: 'data',
    output: 'conc',
    measurement: 'level',
    unit: 'mg/L',
    timeUnit: 'h',
    subjects: 6,
    observations: 18,
    replicates,
    corrected,
    level: 0.95,
    bins,
    inside: { p5: 2 / 3, p50: 2 / 3, p95: 2 / 3 },
    notes: ['1 observation left out'],
  };
  return { vpc, points: { times: [3, 9, 27], values: [41, 19, 'below'] } };
}

function timesOf({ show }: ModelView): number[] {
  const every = show?.every ?? 1;
  return Array.from({ length: Math.round((show?.until ?? 24) / every) + 1 }, (_, index) => index * every);
}

/** Repeated infusions into one compartment; patients differ by fixed factors. */
function pathOf({ set }: Study, times: readonly number[], arm: number, z: number): number[] {
  const clearance = (set?.TVCL ?? 4.5) / 4.5;
  const volume = (set?.TVV ?? 58.4) / 58.4;
  const k = (0.06 * clearance * Math.exp(0.55 * z)) / volume;
  const dose = (arm === 0 ? 17 : 21 + 3 * arm) / volume;
  return times.map((time) => {
    let sum = 0;
    for (let at = 0; at < time; at += 12) sum += dose * Math.exp(-k * (time - at)) * Math.min(1, time - at);
    return sum;
  });
}

function curvesOf(
  study: Study,
  view: ModelView,
  patients: readonly number[],
  heights: readonly number[],
): RunCurves {
  const times = timesOf(view);
  return {
    patients,
    arms: (study.arms ?? []).map((_, arm) => ({
      outputs: Object.fromEntries(
        view.outputs.map(({ name }) => [
          name,
          Float32Array.from(heights.flatMap((z) => pathOf(study, times, arm, z))),
        ]),
      ),
    })),
  };
}

export function makeUp(
  study: Study,
  view: ModelView,
  patients: number,
): { result: Result; curves: RunCurves; timelines: readonly ArmTimeline[] } {
  const times = timesOf(view);
  const clearance = (study.set?.TVCL ?? 4.5) / 4.5;
  const typical = patients === 1;
  const path = (arm: number, z: number) => pathOf(study, times, arm, z);
  const levels: readonly (readonly [Quantile, number])[] = [
    ['0.05', 1.64],
    ['0.25', 0.67],
    ['0.5', 0],
    ['0.75', -0.67],
    ['0.95', -1.64],
  ];
  const arms = (study.arms ?? []).map(({ name }, index) => {
    const paths = Object.fromEntries(
      levels.map(([quantile, z]) => [quantile, path(index, typical ? 0 : z)]),
    ) as Record<Quantile, number[]>;
    const outputs: Record<string, OutputResult> = {};
    for (const { name: output, unit } of view.outputs)
      outputs[output] = { unit, mean: paths['0.5'], quantiles: paths };
    const endpoints: Record<string, EndpointResult> = {};
    for (const { name: endpoint, unit, type } of view.endpoints) {
      const middle = ((430 + 80 * index) / clearance) * (endpoint === 'trough' ? 0.03 : 1);
      const edges = Array.from({ length: 41 }, (_, at) => (middle * at) / 12);
      const counts = edges
        .slice(1)
        .map((edge) => Math.round((patients / 8) * Math.exp(-((Math.log(edge / middle) / 0.45) ** 2) / 2)));
      const at = (z: number) => middle * Math.exp(0.45 * z);
      endpoints[endpoint] =
        type === 'probability'
          ? { probability: Math.max(0, Math.min(1, 0.41 - 0.06 * index + 0.1 * (1 - clearance))) }
          : {
              unit,
              mean: middle * 1.1,
              quantiles: {
                '0.05': at(-1.64),
                '0.25': at(-0.67),
                '0.5': middle,
                '0.75': at(0.67),
                '0.95': at(1.64),
              },
              histogram: { edges, counts },
            };
    }
    return {
      name,
      failed: index === 0 ? { 'too many steps': 3 } : {},
      times: { unit: view.time, values: times },
      outputs,
      endpoints,
    };
  });
  const chosen = [-1.9, -1.2, -0.8, -0.3, 0.1, 0.4, 0.7, 1.1, 1.4, 2];
  const curves = curvesOf(
    study,
    view,
    chosen.map((_, index) => index),
    chosen,
  );
  const result: Result = {
    gemello: '0.1.0',
    model: { name: view.name, sha256: '0'.repeat(64) },
    backend: 'webassembly',
    precision: 'f64',
    seed: study.cohort?.seed ?? '1',
    patients,
    failed: typical ? {} : { 'too many steps': 3 },
    elapsed_ms: { compile: 12, run: 87 },
    arms,
  };
  const timelines = arms.map(
    (_, index): ArmTimeline => ({
      ...NO_TIMELINE,
      doses: [0, 12, 24].map((time) => ({
        time,
        last: time,
        count: 1,
        into: 'central',
        amount: 1000 + 250 * index,
        least: 1000 + 250 * index,
        duration: 1,
        sure: true,
      })),
      units: { central: 'mg' },
      lines: ['dose 1000 [mg] into central over 1 h every 12 h times 3'],
    }),
  );
  return { result, curves, timelines };
}
