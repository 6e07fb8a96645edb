import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { canonicalBytes, canonicalJson } from '../../src/study/canonical.ts';
import { inputsDigest, sha256 } from '../../src/study/digest.ts';
import type { Study } from '../../src/study/study.ts';

test('canonical JSON sorts keys at every depth and leaves arrays in order', () => {
  expect(canonicalJson({ b: [3, 1, { z: 1, a: 2 }], a: { d: null, c: true } })).toBe(
    '{"a":{"c":true,"d":null},"b":[3,1,{"a":2,"z":1}]}',
  );
});

test('canonical JSON writes the shortest number that reads back the same', () => {
  expect(canonicalJson([1.0, 0.1, 1e21, 1e-7, 5e-324, 0.1 + 0.2, -0])).toBe(
    '[1,0.1,1e+21,1e-7,5e-324,0.30000000000000004,0]',
  );
});

test('canonical JSON sorts by code units, as RFC 8785 shows', () => {
  const keys = ['\u20ac', '\r', '\ufb33', '1', '\u{1f600}', '\u0080', '\u00f6'];
  const sorted = canonicalJson(Object.fromEntries(keys.map((key) => [key, 0])));
  expect(Object.keys(JSON.parse(sorted))).toEqual([
    '1',
    '\r',
    '\u0080',
    '\u00f6',
    '\u20ac',
    '\u{1f600}',
    '\ufb33',
  ]);
});

test('canonical JSON leaves out fields that are undefined and refuses what JSON cannot hold, naming it', () => {
  expect(canonicalJson({ a: undefined, b: 1 })).toBe('{"b":1}');
  expect(() => canonicalJson({ set: { k: Number.NaN } })).toThrow('$.set.k is NaN');
  expect(() => canonicalJson([1, Number.POSITIVE_INFINITY])).toThrow('$[1] is Infinity');
  expect(() => canonicalJson([undefined])).toThrow('$[0] is undefined');
  expect(() => canonicalJson({ f: () => 1 })).toThrow('$.f is function');
});

test('canonical bytes are the UTF-8 of the text', () => {
  expect([...canonicalBytes({ µ: '🫀' })]).toEqual([...new TextEncoder().encode('{"µ":"🫀"}')]);
});

// FIPS 180-4 example values, as NIST publishes them.
test.each([
  ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
  ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
])('SHA-256 gives the published digest of %.20s', (text, digest) => {
  expect(sha256(text)).toBe(digest);
});

test('SHA-256 agrees with the platform at every length about the block edges', () => {
  for (let length = 0; length < 200; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255);
    expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'));
  }
});

const study: Study = { gemello: 1, model: { name: 'm' }, set: { a: 1, b: 2 }, cohort: { seed: '1' } };
const inputs = { modelSha256: sha256('model m'), gemello: '0.1.0' };

test('the digest of inputs is blind to what changes no number', () => {
  const same: Study = {
    model: { text: 'model m' },
    cohort: { seed: '1' },
    set: { b: 2, a: 1 },
    gemello: 1,
    show: { outputs: ['x'] },
    expect: { engine: '0.1.0', inputs: 'f'.repeat(64), values: [1] },
  };
  expect(inputsDigest(same, inputs)).toBe(inputsDigest(study, inputs));
});

test('the digest of inputs moves with everything that can change a number', () => {
  const changed: [Study, typeof inputs & { table?: string }][] = [
    [{ ...study, set: { a: 1, b: 2.0000000000000004 } }, inputs],
    [{ ...study, cohort: { seed: '2' } }, inputs],
    [{ ...study, cohort: { seed: '1', patients: 5 } }, inputs],
    [{ ...study, arms: [{ name: 'x' }] }, inputs],
    [{ ...study, time: { until: '5 h' } }, inputs],
    [{ ...study, solver: { rtol: 1e-5 } }, inputs],
    [study, { ...inputs, gemello: '0.2.0' }],
    [study, { ...inputs, modelSha256: sha256('model n') }],
    [study, { ...inputs, table: 'WT\n70\n' }],
    [study, { ...inputs, table: 'WT\n71\n' }],
  ];
  const digests = [inputsDigest(study, inputs), ...changed.map(([s, i]) => inputsDigest(s, i))];
  expect(new Set(digests).size).toBe(digests.length);
});
