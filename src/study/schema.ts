// The door for study documents. In: JSON text or a parsed value from anywhere (a link, a file, a page). Out: a Study of
// the present version, or every error with the field it is in. Strict: a field nobody knows is an error, not a shrug.
// Whether names exist in the model and units fit is for the model to say; this only knows the document's shape.
import * as v from 'valibot';
import type { Role } from '../interop/nonmem/records.ts';
import { nearest } from '../language/suggest.ts';

import { MOST_ARMS, MOST_RESAMPLES, MOST_STUDIES, type Study } from './study.ts';

export interface FieldError {
  /** `cohort.patients`, `arms[1].name`; empty for the document itself. */
  readonly field: string;
  readonly message: string;
}
export type StudyParse = { readonly study: Study } | { readonly errors: readonly FieldError[] };

export const STUDY_VERSION = 1;
/** Bytes of a study's JSON, wherever it comes from. */
export const STUDY_BYTES = 2_000_000;
export const MAX_PATIENTS = 10_000_000;

/** From version n to n + 1. Old studies and links open for ever: rows are added here and never removed. */
const MIGRATIONS: Readonly<Record<number, (old: Readonly<Record<string, unknown>>) => unknown>> = {};

/** What a column of a dosing file can be taken for. */
const ROLES = [
  'id', 'time', 'date', 'dv', 'amt', 'rate', 'dur', 'evid', 'mdv', 'cmt', 'addl', 'ii', 'ss', 'dvid', 'cens', 'lloq',
  'uloq', 'limit', 'occ', 'comment', 'covariate', 'ignore',
] as const satisfies readonly Role[]; // biome-ignore format: a list

const LARGEST_SEED = 2n ** 64n - 1n;
const QUANTITY =
  /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*(\[[^[\]]{1,40}\]|[A-Za-zµμ%/][^[\]]{0,40})?\s*$/;

const text = (longest: number) =>
  v.pipe(
    v.string(wrongType('text')),
    v.minLength(1, 'is empty'),
    v.maxLength(longest, (issue) => `has ${issue.received} characters; at most ${longest}`),
  );
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what a name must not hold
const name = v.pipe(text(100), v.regex(/^[^\u0000-\u001f\u007f]*$/, 'holds control characters'));
const number = v.pipe(v.number(wrongType('a number')), v.finite('is not a finite number'));
const between = (low: number, high: number, what: string) =>
  v.pipe(
    number,
    v.check(
      (x) => x >= low && x <= high,
      (issue) => `is ${issue.input}; ${what}`,
    ),
  );
const quantity = v.pipe(
  text(60),
  v.regex(QUANTITY, (issue) => `is ${issue.received}; write a number and a unit, such as "168 h"`),
);
const sha256 = v.pipe(
  v.string(wrongType('text')),
  v.regex(/^[0-9a-f]{64}$/, 'is not a SHA-256: 64 digits 0-9 a-f'),
);
const object = (wanted: string) =>
  v.custom<Readonly<Record<string, unknown>>>(
    (input) => typeof input === 'object' && input !== null && !Array.isArray(input),
    wrongType(wanted),
  );
const values = v.pipe(object('an object of numbers by name'), v.record(name, number));
const names = v.pipe(
  v.array(name, wrongType('a list of names')),
  v.maxLength(200, 'has more than 200 names'),
);

function wrongType(wanted: string): (issue: v.BaseIssue<unknown>) => string {
  return (issue) =>
    issue.received === 'undefined' ? 'is missing' : `is ${shown(issue.received)}, not ${wanted}`;
}
const shown = (received: string) => (received.length > 60 ? `${received.slice(0, 57)}...` : received);

const texts = v.record(name, text(100), wrongType('an object of names'));
const roles = v.record(
  name,
  v.picklist(ROLES, (issue) => `is ${shown(issue.received)}, not one of ${ROLES.join(', ')}`),
  wrongType('an object of roles by column'),
);
const oneOf = <const T extends readonly string[]>(options: T) =>
  v.picklist(
    options,
    (issue) => `is ${shown(issue.received)}, not one of ${options.map((o) => JSON.stringify(o)).join(', ')}`,
  );
const read = v.strictObject({
  delimiter: v.exactOptional(oneOf([',', ';', '\t', '|', ' '])),
  decimal: v.exactOptional(oneOf(['.', ','])),
  thousands: v.exactOptional(oneOf([',', '.', "'"])),
  missing: v.exactOptional(
    v.pipe(
      v.array(
        v.pipe(v.string(wrongType('text')), v.maxLength(40, 'is longer than 40 characters')),
        wrongType('a list of words'),
      ),
      v.maxLength(50, 'has more than 50 words'),
    ),
  ),
  comments: v.exactOptional(oneOf(['letter', 'C', 'none'])),
  dateFormat: v.exactOptional(oneOf(['ymd', 'ydm', 'mdy', 'dmy', 'day number', 'ignore'])),
  timeUnit: v.exactOptional(oneOf(['min', 'h', 'd', 'week'])),
  returningId: v.exactOptional(oneOf(['individual', 'join'])),
  timeGoesBack: v.exactOptional(oneOf(['reset', 'individual'])),
  belowLimit: v.exactOptional(oneOf(['censored', 'as measured'])),
  lloq: v.exactOptional(number),
  sexCoding: v.exactOptional(v.strictObject({ male: text(40), female: text(40) })),
});
const dataCovariate = v.strictObject({
  column: v.exactOptional(name),
  interpolation: v.exactOptional(oneOf(['locf', 'nocb', 'linear'])),
});
const dataFile = v.strictObject({
  file: name,
  compartments: v.exactOptional(texts),
  columns: v.exactOptional(roles),
  read: v.exactOptional(read),
  covariates: v.exactOptional(v.record(name, dataCovariate, wrongType('an object by covariate name'))),
  output: v.exactOptional(
    v.lazy((input) => (typeof input === 'object' && input !== null ? texts : text(100))),
  ),
});

const ascending = (fewest: number, most: number) =>
  v.pipe(
    v.array(number, wrongType('a list of numbers')),
    v.minLength(fewest, `has fewer than ${fewest} numbers`),
    v.maxLength(most, `has more than ${most} numbers`),
    v.check((edges) => edges.every((x, i) => i === 0 || x > (edges[i - 1] ?? x)), 'does not ascend'),
  );
const share = between(0, 1, 'shares go from 0 to 1');
/** What the numbers of a target mean together is for weights.ts to say. */
const weightTarget = v.strictObject({
  of: name,
  arm: v.exactOptional(name),
  mean: v.exactOptional(number),
  sd: v.exactOptional(number),
  quantiles: v.exactOptional(v.record(name, number, wrongType('an object of numbers by probability'))),
  shares: v.exactOptional(v.record(name, share, wrongType('an object of shares by category'))),
  histogram: v.exactOptional(
    v.strictObject({
      edges: ascending(2, 101),
      shares: v.pipe(v.array(share, wrongType('a list of shares')), v.maxLength(100)),
    }),
  ),
});
const split = v.strictObject({ of: name, cuts: v.exactOptional(ascending(1, 20)) });

const cohort = v.strictObject({
  patients: v.exactOptional(
    v.pipe(
      between(1, MAX_PATIENTS, `patients go from 1 to ${MAX_PATIENTS.toLocaleString('en')}`),
      v.integer((issue) => `is ${issue.received}; use a whole number`),
    ),
  ),
  seed: v.exactOptional(
    v.pipe(
      v.string(wrongType('text (a 64-bit number does not fit into a JSON number)')),
      v.check(
        (seed) => /^(0|[1-9]\d{0,19})$/.test(seed) && BigInt(seed) <= LARGEST_SEED,
        (issue) => `is ${issue.received}; use decimal digits from "0" to "${LARGEST_SEED}"`,
      ),
    ),
  ),
  typical: v.exactOptional(v.boolean(wrongType('true or false'))),
  set: v.exactOptional(
    v.record(
      name,
      v.lazy((input) =>
        typeof input === 'object' && input !== null
          ? values
          : v.pipe(
              v.number(wrongType('a number, or an object of numbers')),
              v.finite('is not a finite number'),
            ),
      ),
      wrongType('an object by covariate name'),
    ),
  ),
  table: v.exactOptional(name),
  clouds: v.exactOptional(
    v.pipe(
      between(2, MAX_PATIENTS, `clouds have 2 to ${MAX_PATIENTS.toLocaleString('en')} patients each`),
      v.integer((issue) => `is ${issue.received}; use a whole number`),
    ),
  ),
  weights: v.exactOptional(
    v.pipe(
      v.array(weightTarget, wrongType('a list of targets')),
      v.minLength(1, 'is an empty list; leave it out for equal weights'),
      v.maxLength(50, (issue) => `has ${issue.received} targets; at most 50`),
    ),
  ),
  data: v.exactOptional(dataFile),
  filter: v.exactOptional(text(2000)),
  studies: v.exactOptional(
    v.pipe(
      between(2, MOST_STUDIES, `studies go from 2 to ${MOST_STUDIES}; leave it out for one`),
      v.integer((issue) => `is ${issue.received}; use a whole number`),
    ),
  ),
});

const arm = v.strictObject({
  name,
  therapy: v.exactOptional(text(20_000)),
  set: v.exactOptional(values),
});

const study = v.strictObject({
  gemello: v.literal(STUDY_VERSION),
  model: v.lazy((input) =>
    typeof input === 'object' && input !== null && 'text' in input
      ? v.strictObject({ text: text(STUDY_BYTES) })
      : v.strictObject({ name, sha256: v.exactOptional(sha256) }),
  ),
  set: v.exactOptional(values),
  cohort: v.exactOptional(cohort),
  arms: v.exactOptional(
    v.pipe(
      v.array(arm, wrongType('a list of arms')),
      v.minLength(1, 'is an empty list; leave it out for the default arms'),
      v.maxLength(MOST_ARMS, (issue) => `has ${issue.received} arms; at most ${MOST_ARMS}`),
      v.check(
        (arms) => new Set(arms.map((a) => a.name)).size === arms.length,
        'has two arms of the same name',
      ),
    ),
  ),
  time: v.exactOptional(
    v.strictObject({ until: v.exactOptional(quantity), every: v.exactOptional(quantity) }),
  ),
  solver: v.exactOptional(
    v.strictObject({
      method: v.exactOptional(name),
      rtol: v.exactOptional(between(1e-12, 0.1, 'rtol goes from 1e-12 to 0.1')),
      step: v.exactOptional(quantity),
    }),
  ),
  show: v.exactOptional(
    v.strictObject({ outputs: v.exactOptional(names), endpoints: v.exactOptional(names) }),
  ),
  compare: v.exactOptional(
    v.strictObject({
      versus: v.exactOptional(name),
      better: v.exactOptional(
        v.record(name, oneOf(['higher', 'lower']), wrongType('an object by endpoint name')),
      ),
      subgroups: v.exactOptional(
        v.pipe(
          v.array(split, wrongType('a list of splits')),
          v.maxLength(10, (issue) => `has ${issue.received} splits; at most 10`),
        ),
      ),
      bootstrap: v.exactOptional(
        v.pipe(
          between(100, MOST_RESAMPLES, `resamples go from 100 to ${MOST_RESAMPLES.toLocaleString('en')}`),
          v.integer((issue) => `is ${issue.received}; use a whole number`),
        ),
      ),
    }),
  ),
  expect: v.exactOptional(
    v.strictObject({
      engine: name,
      inputs: sha256,
      precision: v.exactOptional(v.picklist(['f32', 'f64'], 'is neither "f32" nor "f64"')),
      values: v.pipe(
        v.array(v.nullable(number), wrongType('a list of numbers')),
        v.maxLength(64, (issue) => `has ${issue.received} values; at most 64`),
      ),
    }),
  ),
});

/** Fields by the path of the object that holds them, for hints on a mistyped one. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  '': Object.keys(study.entries),
  model: ['name', 'sha256', 'text'],
  cohort: Object.keys(cohort.entries),
  'cohort.data': Object.keys(dataFile.entries),
  'cohort.data.read': Object.keys(read.entries),
  'arms[]': Object.keys(arm.entries),
  time: ['until', 'every'],
  solver: ['method', 'rtol', 'step'],
  show: ['outputs', 'endpoints'],
  'cohort.weights[]': Object.keys(weightTarget.entries),
  'cohort.weights[].histogram': ['edges', 'shares'],
  compare: ['versus', 'better', 'subgroups', 'bootstrap'],
  'compare.subgroups[]': Object.keys(split.entries),
  expect: ['engine', 'inputs', 'precision', 'values'],
};

export function parseStudy(json: unknown): StudyParse {
  let value = json;
  if (typeof json === 'string') {
    if (json.length > STUDY_BYTES || new TextEncoder().encode(json).length > STUDY_BYTES)
      return refuse('', `the study is longer than ${STUDY_BYTES / 1e6} MB`);
    try {
      value = JSON.parse(json);
    } catch (error) {
      return refuse('', `not JSON: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  const hostile = tooMuch(value);
  if (hostile !== undefined) return refuse(hostile.field, hostile.message);
  const current = migrate(value);
  if ('errors' in current) return current;
  const parsed = v.safeParse(study, current.value);
  if (parsed.success) return { study: parsed.output satisfies Study };
  return { errors: parsed.issues.map(fieldError) };
}

const refuse = (field: string, message: string) => ({ errors: [{ field, message }] });

function migrate(value: unknown): { readonly value: unknown } | { readonly errors: readonly FieldError[] } {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return refuse('', 'a study is a JSON object: { "gemello": 1, "model": ... }');
  let document: unknown = value;
  const version: unknown = 'gemello' in value ? value.gemello : undefined;
  if (typeof version !== 'number' || !Number.isInteger(version) || version < 1)
    return refuse(
      'gemello',
      `is ${JSON.stringify(version)}; a study begins with "gemello": ${STUDY_VERSION}`,
    );
  if (version > STUDY_VERSION)
    return refuse(
      'gemello',
      `is ${version}: this study was made by a newer Gemello; this one reads versions up to ${STUDY_VERSION}`,
    );
  for (let n = version; n < STUDY_VERSION; n++)
    document = MIGRATIONS[n]?.(document as Readonly<Record<string, unknown>>);
  return { value: document };
}

/** Bounds before anything recursive looks at a stranger's value. Returns the first offence. */
function tooMuch(value: unknown): FieldError | undefined {
  let budget = 100_000;
  let characters = 0;
  const walk = (node: unknown, path: string, depth: number): FieldError | undefined => {
    if (--budget < 0) return { field: '', message: 'the study has more than 100,000 values' };
    if (depth > 8) return { field: path.slice(0, 100), message: 'is nested deeper than 8 levels' };
    if (typeof node === 'string') characters += node.length;
    if (characters > STUDY_BYTES)
      return { field: '', message: `the study is longer than ${STUDY_BYTES / 1e6} MB` };
    if (typeof node !== 'object' || node === null) return undefined;
    for (const [key, child] of Object.entries(node)) {
      const field = Array.isArray(node) ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      // Records skip these three names silently elsewhere; nothing in a study is silently skipped.
      if (key === '__proto__' || key === 'prototype' || key === 'constructor')
        return { field, message: 'is not a name that a study can hold' };
      const found = walk(child, field, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return walk(value, '', 0);
}

function fieldError(issue: v.BaseIssue<unknown>): FieldError {
  const keys = (issue.path ?? []).map((step) => step.key);
  const field = fieldName(keys);
  if (issue.type !== 'strict_object' || issue.kind !== 'schema') return { field, message: issue.message };
  if (issue.expected === 'never') {
    const key = String(keys.at(-1));
    const holder = fieldName(keys.slice(0, -1)).replace(/\[\d+\]/, '[]');
    return { field, message: `unknown field; ${fieldHint(key, holder)}` };
  }
  if (issue.received === 'undefined') return { field, message: 'is missing' };
  return { field, message: `is ${shown(issue.received)}, not an object` };
}

/** The nearest field of the same object; else one of this name, or nearly, in another place: `cohort.patients`. */
function fieldHint(key: string, holder: string): string {
  const siblings = FIELDS[holder] ?? [];
  if (siblings.includes(key)) return `a ${holder} given by its text has no ${key}`;
  const near = nearest(key, siblings);
  if (near !== null) return `did you mean ${near}?`;
  const fields = Object.entries(FIELDS).flatMap(([place, names]) => names.map((field) => ({ place, field })));
  const meant = fields.some(({ field }) => field === key)
    ? key
    : nearest(
        key,
        fields.map(({ field }) => field),
      );
  const found = fields.find(({ field }) => field === meant);
  if (found === undefined) return `known here: ${siblings.join(', ')}`;
  return `did you mean ${found.place === '' ? '' : `${found.place}.`}${found.field}?`;
}

function fieldName(keys: readonly unknown[]): string {
  return keys
    .map((key) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`))
    .join('')
    .replace(/^\./, '');
}

/** The errors as lines of text: `cohort.patients is 0; patients go from 1 to 10,000,000`. */
export function describeErrors(errors: readonly FieldError[]): string {
  return errors
    .map(({ field, message }) =>
      field === '' ? message : `${field}${/^(is|has|holds) /.test(message) ? '' : ':'} ${message}`,
    )
    .join('\n');
}
