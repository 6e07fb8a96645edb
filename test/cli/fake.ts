// A small Io and Product for tests of the command line: files in a Map, one made-up model, a session that records what
// it was asked and answers with a fixed result.
import type { Io, Product, Session } from '../../src/cli/ports.ts';
import type { BackendName } from '../../src/engine/backend.ts';
import { parseQuantity } from '../../src/language/compile.ts';
import type { Model } from '../../src/language/model.ts';
import { DIMENSIONLESS, isUnitError, parseUnit, type Unit } from '../../src/language/units.ts';
import { memoryStore } from '../../src/study/kept-endpoints.ts';
import type { Tables } from '../../src/study/prepare.ts';
import type { Result } from '../../src/study/result.ts';
import type { Study } from '../../src/study/study.ts';

export const MODEL_TEXT = 'model toy "A toy"\n';

function unit(text: string): Unit {
  const parsed = text === '' ? DIMENSIONLESS : parseUnit(text);
  if (isUnitError(parsed)) throw new Error(parsed.message);
  return parsed;
}
const span = { start: 0, end: 0 };
const named = (name: string, unitText: string) => ({ name, label: '', unit: unit(unitText), span });
const zero = { kind: 'number', value: 0 } as const;

export const MODEL: Model = {
  name: 'toy',
  title: 'A toy',
  sources: [],
  licence: '',
  use: '',
  question: '',
  area: '',
  memories: [],
  events: [],
  breaks: [],
  time: unit('h'),
  covariates: [
    {
      ...named('WT', 'kg'),
      type: 'number',
      categories: [],
      distribution: { kind: 'normal', parameters: {} },
    },
    {
      ...named('DIAL', ''),
      type: 'yes/no',
      categories: [],
      distribution: { kind: 'bernoulli', parameters: {} },
    },
    {
      ...named('SITE', ''),
      type: 'category',
      categories: ['north', 'south'],
      distribution: { kind: 'categorical', parameters: {} },
    },
  ],
  parameters: [
    { ...named('CL', 'L/h'), value: 5, source: '', provenance: '' },
    { ...named('F', ''), value: 1, source: '', provenance: '' },
  ],
  random: [],
  definitions: [],
  states: [],
  flows: [],
  outputs: [],
  measurements: [],
  therapies: ['fixed', 'weighted'].map((name) => ({ name, label: '', doses: [], span })),
  endpoints: [],
  checks: ['peak', 'trough'].map((label) => ({
    label,
    endpoint: { ...named(label, 'mg/L'), type: 'value', expression: zero, reductions: [] },
    therapy: 'fixed',
    expected: 28.03,
    tolerance: { relative: 1e-3 },
    given: {},
    source: '',
    span,
  })),
} as const;

const ledgerOf = (patient: number) => ({
  patient,
  doses: [
    { time: 0, into: 'central', amount: 100, duration: 0 },
    { time: 12, into: 'central', amount: 100 + patient, duration: 0.5 },
  ],
  decisions: [],
});
const dose = {
  row: 0,
  time: 0,
  occasion: 0,
  sequence: 0,
  evid: 1,
  amount: 100,
  rate: 0,
  compartment: 1,
  ss: 0,
  ii: 0,
  additional: 0,
} as const;

export interface FakeOptions {
  /** A replayed ledger gives another course. */
  readonly auditDiffers?: boolean;
  /** Backend that opens whatever is asked for. */
  readonly backend?: BackendName;
  readonly checksPass?: boolean;
  /** Thrown by the session's run. */
  readonly runFails?: Error;
  readonly refuses?: string;
  /** Files that cannot be opened for writing. */
  readonly locked?: readonly string[];
  /** Files whose disk is full. */
  readonly full?: readonly string[];
  /** What the session warns of. */
  readonly warning?: string;
}

/** Runs a command on files; answers with what came out and what the session was asked. */
export function fake(files: Readonly<Record<string, string>> = {}, options: FakeOptions = {}) {
  const written = new Map<string, string>();
  const asked: { study: Study; tables: Tables }[] = [];
  const opened: string[] = [];
  const touched: string[] = [];
  const discarded: string[] = [];
  let disposed = 0;
  let out = '';
  let err = '';
  const controller = new AbortController();
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    interactive: false,
    signal: controller.signal,
    read: async (path) => files[path],
    scratch: async (path) => ({
      ...memoryStore(),
      discard: () => void discarded.push(`numbers of ${path}`),
    }),
    write: async (path) => {
      if (options.locked?.includes(path)) throw new Error(`${path} cannot be written: it is a test`);
      touched.push(path);
      let content = '';
      return {
        write: async (part) => {
          const text = typeof part === 'string' ? part : Buffer.from(part).toString('latin1');
          if (options.full?.includes(path)) throw new Error(`${path} cannot be written: the disk is full`);
          content += text;
        },
        close: async () => void written.set(path, content),
        discard: async () => void discarded.push(path),
      };
    },
  };
  const session = (backend: BackendName): Session => ({
    info: { backend, precision: 'f64', device: 'two workers', reason: 'it is a test' },
    async run(study, tables) {
      asked.push({ study, tables });
      if (options.runFails !== undefined) throw options.runFails;
      if (options.refuses !== undefined)
        return { kind: 'refused', errors: [{ field: 'solver.method', message: options.refuses }] };
      return {
        kind: 'done',
        result: resultOf(study, backend),
        warnings: [options.warning ?? 'column AGE is not used'],
        weights: null,
        endpointsSheet: () => ({
          name: 'endpoints',
          columns: [
            { name: 'id', unit: '', type: 'whole' },
            { name: 'auc24', unit: 'mg*h/L', type: 'number' },
          ],
          pieces: () => [
            {
              rows: 2,
              values: [
                [0, 1],
                [520.5, Number.NaN],
              ],
            },
          ],
        }),
      };
    },
    async patients(_study, _tables, first, count) {
      const values = (scale: number) => Float64Array.from({ length: count }, (_, i) => (first + i) * scale);
      const flags = values(1).map((v) => v % 2);
      const columns = [
        { name: 'WT', kind: 'covariate', unit: 'kg', words: [], values: values(0.5) },
        { name: 'DIAL', kind: 'covariate', unit: '', words: ['no', 'yes'], values: flags },
        { name: 'SITE', kind: 'covariate', unit: '', words: ['north', 'south'], values: flags },
      ] as const;
      return { kind: 'done', table: { first, columns, warnings: [] } };
    },
    async curves(study, _tables, patients, { ledger = false } = {}) {
      const arms = (study.arms ?? [{ name: 'fixed' }]).map(({ name }) => name);
      const one = {
        status: Uint8Array.from(patients, (p) => (p === 3 ? 3 : 0)),
        steps: new Uint32Array(patients.length),
        outputs: Float64Array.from({ length: 4 * patients.length }, (_, i) => {
          const n = patients.length;
          return 1000 * Math.floor(i / (2 * n)) + 100 * (Math.floor(i / n) % 2) + (patients[i % n] ?? 0);
        }),
        endpoints: new Float64Array(),
      };
      const curves = {
        individuals: { patients, arms: arms.map(() => one) },
        arms,
        amounts: ['mg', 'mg'],
        ...(ledger && { ledgers: arms.map(() => patients.map(ledgerOf)) }),
        times: [0, 1],
        timeUnit: 'h',
        columns: [
          { name: 'conc', unit: 'mg/L' },
          { name: 'central', unit: 'mg' },
        ],
      };
      return { kind: 'done', curves };
    },
    async subjects(_study, _tables, patients) {
      const subjects = patients.map((patient) => ({
        id: `${patient + 1}`,
        row: 0,
        events: [dose],
        observations: [],
        covariates: [],
      }));
      return { kind: 'done', subjects, failed: 0, notes: ['amounts are made up'] };
    },
    async audit(study) {
      const arm = {
        name: 'fixed',
        patients: 4,
        failed: 0,
        replayed: 4,
        bitEqual: options.auditDiffers ? 3 : 4,
      };
      const largestDifference = options.auditDiffers ? 0.25 : 0;
      asked.push({ study, tables: {} });
      return { kind: 'done', audit: { patients: 4, arms: [{ ...arm, largestDifference, located: false }] } };
    },
    predictiveCheck: async () => ({
      kind: 'refused',
      errors: [{ field: 'vpc', message: 'the toy has no observations' }],
    }),
    nca: async () => ({
      kind: 'refused',
      errors: [{ field: 'nca', message: 'the toy has no output' }],
    }),
    async checks(model, onCheck) {
      const outcomes = model.checks.map(({ label, expected }, i) => ({
        label,
        expected,
        got: i === 1 && options.checksPass === false ? 30 : 28.031,
        unit: 'mg/L',
        pass: !(i === 1 && options.checksPass === false),
        tolerance: '0.1 %',
        source: '',
        fault: '',
      }));
      outcomes.forEach(onCheck);
      return outcomes;
    },
    dispose: () => {
      disposed++;
    },
  });
  const product: Product = {
    version: '1.2.3',
    models: [
      { name: 'toy', text: MODEL_TEXT },
      { name: 'vancomycin', text: MODEL_TEXT },
    ],
    compile: (text) =>
      text.startsWith('model')
        ? { model: MODEL, diagnostics: [] }
        : {
            diagnostics: [
              {
                severity: 'error',
                message: 'a model begins with its name',
                hint: 'model NAME',
                span,
                line: 1,
                column: 2,
              },
            ],
          },
    render: ({ message, hint }) => `error: ${message}\n  hint: ${hint}`,
    quantity: parseQuantity,
    open: async (preference) => {
      opened.push(preference);
      return session(options.backend ?? (preference === 'auto' ? 'webassembly' : preference));
    },
  };
  return {
    io,
    product,
    written,
    asked,
    opened,
    touched,
    discarded,
    stop: () => controller.abort(),
    get out() {
      return out;
    },
    get err() {
      return err;
    },
    get disposed() {
      return disposed;
    },
  };
}

export function resultOf(study: Study, backend: BackendName = 'webassembly'): Result {
  const patients = study.cohort?.patients ?? 10_000;
  const band = (value: number) => ({
    '0.05': value / 2,
    '0.25': value,
    '0.5': value,
    '0.75': value,
    '0.95': 2 * value,
  });
  const bands = { '0.05': [0, 6], '0.25': [0, 9], '0.5': [0, 12.5], '0.75': [0, 15], '0.95': [0, 22] };
  return {
    gemello: '1.2.3',
    model: { name: 'toy', sha256: 'a'.repeat(64) },
    backend,
    precision: 'f64',
    seed: study.cohort?.seed ?? '1',
    patients,
    failed: { 'too many steps': 3 },
    elapsed_ms: { compile: 12, run: 1234 },
    arms: (study.arms ?? [{ name: 'fixed' }]).map(({ name }) => ({
      name,
      failed: { 'too many steps': 3 },
      times: { unit: 'h', values: [0, 168] },
      outputs: { conc: { unit: 'mg/L', mean: [0, 13], quantiles: bands } },
      endpoints: {
        auc24: {
          unit: 'mg*h/L',
          mean: 520.123456,
          quantiles: band(500),
          histogram: { edges: [0, 1], counts: [1] },
        },
        hit: { probability: 0.34567 },
        onset: {
          unit: 'h',
          mean: 3,
          quantiles: { ...band(2), '0.5': null, '0.75': null, '0.95': null },
          missing: 8000,
          histogram: { edges: [0, 1], counts: [1] },
        },
      },
    })),
  };
}
