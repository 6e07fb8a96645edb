import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/study/canonical.ts';
import { decodeLink, encodeLink } from '../../src/study/link.ts';
import { describeErrors, parseStudy } from '../../src/study/schema.ts';
import type { Study } from '../../src/study/study.ts';

const full = {
  gemello: 1,
  model: { name: 'vancomycin', sha256: 'a'.repeat(64) },
  set: { TVCL: 5 },
  cohort: {
    patients: 10_000,
    seed: '18446744073709551615',
    set: { WT: { median: 70 }, DIAL: 0 },
    typical: false,
    studies: 20,
  },
  arms: [
    { name: 'fixed', therapy: 'fixed' },
    { name: 'mine', therapy: 'dose 750 [mg] into central', set: { TVV: 50 } },
    { name: 'nothing' },
  ],
  time: { until: '168 h', every: '0.5 [h]' },
  solver: { method: 'auto', rtol: 1e-4, step: '1e-2 h' },
  show: { outputs: ['conc'], endpoints: ['auc24', 'hit'] },
  compare: { versus: 'nothing', better: { auc24: 'lower' } },
  expect: { engine: '0.1.0', inputs: '0'.repeat(64), precision: 'f32', values: [1, -2.5e-3, null] },
};

/** `full` with the value at a dotted path replaced (undefined: left out). */
function altered(path: string, value: unknown): unknown {
  const copy = structuredClone(full) as Record<string, unknown>;
  const keys = path.split('.');
  let at: Record<string, unknown> = copy;
  for (const key of keys.slice(0, -1)) at = at[key] as Record<string, unknown>;
  const last = keys.at(-1) ?? '';
  if (value === undefined) delete at[last];
  else at[last] = value;
  return copy;
}

const errorsOf = (json: unknown) => {
  const parsed = parseStudy(json);
  return 'errors' in parsed ? parsed.errors : [];
};

test('a study with every field passes unchanged, as text or as a value', () => {
  expect(parseStudy(full)).toEqual({ study: full });
  expect(parseStudy(JSON.stringify(full))).toEqual({ study: full });
});

test('the smallest study is a version and a model', () => {
  const least = { gemello: 1, model: { text: 'model m' } };
  expect(parseStudy(least)).toEqual({ study: least });
});

test.each([
  ['gemello', undefined, 'gemello', 'begins with "gemello": 1'],
  ['gemello', '1', 'gemello', 'begins with "gemello": 1'],
  ['gemello', 2, 'gemello', 'newer Gemello'],
  ['model', undefined, 'model', 'is missing'],
  ['model', 'vancomycin', 'model', 'not an object'],
  [
    'model',
    { text: 'model m', name: 'm' },
    'model.name',
    'unknown field; a model given by its text has no name',
  ],
  ['model', {}, 'model.name', 'is missing'],
  ['model.sha256', 'abc', 'model.sha256', '64 digits'],
  ['chort', {}, 'chort', 'did you mean cohort?'],
  ['cohort.patints', 5, 'cohort.patints', 'unknown field; did you mean patients?'],
  ['patients', 5, 'patients', 'unknown field; did you mean cohort.patients?'],
  ['patints', 5, 'patints', 'unknown field; did you mean cohort.patients?'],
  ['cohort.therpy', 'x', 'cohort.therpy', 'did you mean arms[].therapy?'],
  ['cohort.colour', 'red', 'cohort.colour', 'known here: patients, seed, typical, set, table'],
  ['cohort.patient', 5, 'cohort.patient', 'did you mean patients?'],
  ['cohort.patients', 0, 'cohort.patients', 'is 0; patients go from 1 to 10,000,000'],
  ['cohort.patients', 10_000_001, 'cohort.patients', 'is 10000001'],
  ['cohort.studies', 1, 'cohort.studies', 'is 1; studies go from 2 to 1000'],
  ['cohort.studies', 2.5, 'cohort.studies', 'whole number'],
  ['compare.better', { auc24: 'up' }, 'compare.better.auc24', 'not one of "higher", "lower"'],
  ['compare.verus', 'a', 'compare.verus', 'did you mean versus?'],
  ['cohort.patients', 2.5, 'cohort.patients', 'whole number'],
  ['cohort.patients', '100', 'cohort.patients', 'is "100", not a number'],
  ['cohort.seed', 1, 'cohort.seed', 'not text'],
  ['cohort.seed', '18446744073709551616', 'cohort.seed', 'decimal digits from "0"'],
  ['cohort.seed', '-1', 'cohort.seed', 'decimal digits'],
  ['cohort.seed', '007', 'cohort.seed', 'decimal digits'],
  ['cohort.set.WT', '70', 'cohort.set.WT', 'not a number'],
  ['cohort.set.WT', { median: 'big' }, 'cohort.set.WT.median', 'not a number'],
  ['cohort.typical', 1, 'cohort.typical', 'not true or false'],
  ['cohort.data', { file: '' }, 'cohort.data.file', 'is empty'],
  ['cohort.data', {}, 'cohort.data.file', 'is missing'],
  ['cohort.data', { file: 'd.csv', reed: {} }, 'cohort.data.reed', 'did you mean read?'],
  ['cohort.data', { file: 'd.csv', rows: [1] }, 'cohort.data.rows', 'known here: file, compartments'],
  ['cohort.data', { file: 'd.csv', compartments: { 1: 2 } }, 'cohort.data.compartments.1', 'not text'],
  ['cohort.data', { file: 'd.csv', columns: { X: 'dose' } }, 'cohort.data.columns.X', 'not one of id, time'],
  [
    'cohort.data',
    { file: 'd.csv', read: { delimeter: ';' } },
    'cohort.data.read.delimeter',
    'did you mean delimiter?',
  ],
  ['cohort.data', { file: 'd.csv', read: { decimal: ';' } }, 'cohort.data.read.decimal', 'not one of "."'],
  ['cohort.data', { file: 'd.csv', read: { missing: 'x' } }, 'cohort.data.read.missing', 'not a list'],
  [
    'cohort.data',
    { file: 'd.csv', covariates: { WT: { interpolation: 'spline' } } },
    'cohort.data.covariates.WT.interpolation',
    'not one of "locf", "nocb", "linear"',
  ],
  ['cohort.data', { file: 'd.csv', output: { 1: 5 } }, 'cohort.data.output.1', 'not text'],
  ['set.TVCL', null, 'set.TVCL', 'is null, not a number'],
  ['set', [1], 'set', 'not an object'],
  ['arms', [], 'arms', 'empty list'],
  ['arms', [{ name: 'a' }, { name: 'a' }], 'arms', 'two arms of the same name'],
  ['arms', Array.from({ length: 13 }, (_, i) => ({ name: `${i}` })), 'arms', 'at most 12'],
  ['arms.1.therapie', 'x', 'arms[1].therapie', 'did you mean therapy?'],
  ['arms.1.name', '', 'arms[1].name', 'is empty'],
  ['arms.0.name', 'a\u0000b', 'arms[0].name', 'control characters'],
  ['time.until', 168, 'time.until', 'not text'],
  ['time.until', 'a week', 'time.until', 'write a number and a unit'],
  ['solver.rtol', 1e-13, 'solver.rtol', 'rtol goes from 1e-12 to 0.1'],
  ['solver.rtol', 0.2, 'solver.rtol', 'rtol goes from'],
  ['show.outputs', 'conc', 'show.outputs', 'not a list'],
  ['expect.inputs', 'xyz', 'expect.inputs', 'SHA-256'],
  ['expect.values', Array(65).fill(1), 'expect.values', 'at most 64'],
])('%s = %j is refused at %s', (path, value, field, message) => {
  const errors = errorsOf(altered(path, value));
  expect(errors).toHaveLength(1);
  expect(errors[0]?.field).toBe(field);
  expect(errors[0]?.message).toContain(message);
});

test('all errors come at once, and read as sentences', () => {
  const errors = errorsOf({
    gemello: 1,
    model: { name: 'm' },
    cohort: { patients: -1, seed: 'x' },
    colour: 'red',
  });
  expect(errors.map((e) => e.field).sort()).toEqual(['cohort.patients', 'cohort.seed', 'colour']);
  expect(describeErrors(errors)).toContain('cohort.patients is -1; patients go from 1 to 10,000,000');
  expect(describeErrors(errors)).toContain('colour: unknown field');
});

test('a number that JSON lets grow to infinity is refused', () => {
  expect(errorsOf('{"gemello":1,"model":{"text":"m"},"set":{"k":1e999}}')[0]).toEqual({
    field: 'set.k',
    message: 'is not a finite number',
  });
});

test.each([
  ['not JSON', '{"gemello":1,', 'not JSON'],
  ['not an object', '[1]', 'a study is a JSON object'],
  ['nothing', 'null', 'a study is a JSON object'],
  ['a name that hides a field', '{"gemello":1,"model":{"text":"m"},"set":{"__proto__":1}}', 'not a name'],
  ['depth', `{"gemello":1,"model":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, 'deeper than 8'],
  [
    'width',
    JSON.stringify({ gemello: 1, model: { text: 'm' }, show: { outputs: Array(100_001).fill('x') } }),
    '100,000',
  ],
  ['size', JSON.stringify({ gemello: 1, model: { text: 'x'.repeat(2_000_000) } }), 'longer than 2 MB'],
])('hostile text is refused: %s', (_what, text, message) => {
  expect(describeErrors(errorsOf(text))).toContain(message);
});

test('a value that is too long is refused without being text first', () => {
  expect(errorsOf({ gemello: 1, model: { text: 'x'.repeat(2_000_001) } })[0]?.message).toContain(
    'longer than 2 MB',
  );
});

test('a dosing file and everything told of it come through, canonical and in a link, without its rows', async () => {
  const study: Study = {
    gemello: 1,
    model: { text: 'model m' },
    cohort: {
      data: {
        file: 'warfarin.csv',
        compartments: { 1: 'gut', default: 'gut' },
        columns: { CENSORED: 'cens' },
        read: {
          delimiter: ';',
          decimal: ',',
          missing: ['-99'],
          timeUnit: 'h',
          timeGoesBack: 'reset',
          lloq: 0.1,
          sexCoding: { male: '1', female: '0' },
        },
        covariates: { WT: { column: 'wt', interpolation: 'linear' }, AGE: {} },
        output: { cp: 'conc', pca: 'effect' },
      },
    },
  };
  expect(parseStudy(study)).toEqual({ study });
  expect(parseStudy(canonicalJson(study))).toEqual({ study });
  const opened = await decodeLink(await encodeLink(study));
  if ('error' in opened) throw new Error(opened.error);
  expect(opened.study).toEqual(study);
});
