import { deflateRawSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { canonicalJson } from '../../src/study/canonical.ts';
import { sha256 } from '../../src/study/digest.ts';
import { decodeLink, encodeLink, isLink, pinModel } from '../../src/study/link.ts';
import type { Study } from '../../src/study/study.ts';

const MODEL = 'model decay\n  time h\n';
const study: Study = {
  gemello: 1,
  model: { name: 'decay', sha256: sha256(MODEL) },
  set: { k: 0.25 },
  cohort: { patients: 10_000, seed: '18446744073709551615' },
  arms: [{ name: 'fixed', therapy: 'fixed' }],
};
const own: Study = { gemello: 1, model: { text: `${MODEL}# Größe in µg, 中文, 🫀\n` } };

const pack = (text: string) =>
  `#/s/1.${deflateRawSync(text).toString('base64url')}.${sha256(text).slice(0, 8)}`;

test('a link opens to the study that it was made of, alone or at the end of an address', async () => {
  for (const original of [study, own]) {
    const link = await encodeLink(original);
    expect(link).toMatch(/^#\/s\/1\.[\w-]+\.[0-9a-f]{8}$/);
    expect(isLink(link)).toBe(true);
    expect(await decodeLink(link)).toEqual({ study: original });
    expect(await decodeLink(`https://example.org/gemello/?x=1${link}\n`)).toEqual({ study: original });
  }
});

test('the same study with its fields in another order gives the same link', async () => {
  const { arms = [], cohort = {}, ...rest } = study;
  const { seed = '', patients = 0 } = cohort;
  expect(await encodeLink({ arms, cohort: { seed, patients }, ...rest })).toBe(await encodeLink(study));
});

test('a link made by the first version opens for ever', async () => {
  const frozen =
    '#/s/1.JYxBCoAwEMS-InMushW87G_EDiq2VuwehNK_i3oMJKmY85ovg1ack208rEC9iIhDIQMUHs1hYWKMGeodUg6Mb2G8Dfpzl16t8FvtUOmHsbUH.e6b560ea';
  expect(await decodeLink(frozen)).toEqual({
    study: {
      gemello: 1,
      model: { text: 'model m' },
      set: { k: 0.25 },
      cohort: { patients: 10_000, seed: '1' },
    },
  });
});

test('no flipped character is taken for another study', async () => {
  const link = await encodeLink(study);
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.#/ %';
  let same = 0;
  for (let i = 0; i < link.length; i++) {
    for (const letter of letters) {
      if (letter === link[i]) continue;
      const opened = await decodeLink(link.slice(0, i) + letter + link.slice(i + 1));
      if ('study' in opened) {
        expect(canonicalJson(opened.study), `character ${i} as ${letter}`).toBe(canonicalJson(study));
        same++;
      } else expect(opened.error).toMatch(/damaged|not a link|packing/);
    }
  }
  // Only bits that carry nothing (the last base64 letter's, the padding of deflate) may be flipped for free.
  expect(same).toBeLessThan(80);
});

test('a link with a character missing, doubled or swapped with the next one is refused', async () => {
  const link = await encodeLink(study);
  for (let i = 0; i < link.length; i++) {
    const [a = '', b = ''] = [link[i], link[i + 1]];
    const broken = [link.slice(0, i) + link.slice(i + 1), link.slice(0, i) + a + link.slice(i)];
    if (a !== b && b !== '') broken.push(link.slice(0, i) + b + a + link.slice(i + 2));
    for (const text of broken) {
      const opened = await decodeLink(text);
      if ('study' in opened) expect(opened.study, text).toEqual(study);
    }
  }
});

test('a link that inflates to more than 2 MB is refused before it is read', async () => {
  const bomb = `{"gemello":1,"model":{"text":"${'a'.repeat(50_000_000)}"}}`;
  const opened = await decodeLink(pack(bomb));
  expect(opened).toEqual({ error: 'the study in this link is longer than 2 MB' });
});

test('a well-packed link to a study with a bad field names the field', async () => {
  const opened = await decodeLink(pack('{"gemello":1,"model":{"text":"m"},"cohort":{"patients":0}}'));
  expect('error' in opened && opened.error).toContain('cohort.patients');
  const newer = await decodeLink(pack('{"gemello":2,"model":{"text":"m"}}'));
  expect('error' in newer && newer.error).toContain('newer Gemello');
});

test('a link from a newer packing says so', async () => {
  const opened = await decodeLink((await encodeLink(study)).replace('#/s/1.', '#/s/7.'));
  expect('error' in opened && opened.error).toContain('packing 7');
});

test('a library model that has changed since is refused in words, and so is one that is gone', async () => {
  const link = await encodeLink(study);
  expect(await decodeLink(link, () => MODEL)).toEqual({ study });
  const changed = await decodeLink(link, async () => `${MODEL}parameter k = 2\n`);
  expect('error' in changed && changed.error).toContain('decay has changed');
  const gone = await decodeLink(link, () => undefined);
  expect('error' in gone && gone.error).toContain("not in this version's library");
});

test('a study that names a model without its digest makes no link until it is pinned', async () => {
  const loose: Study = { gemello: 1, model: { name: 'decay' } };
  await expect(encodeLink(loose)).rejects.toThrow('pinModel');
  const opened = await decodeLink(await encodeLink(pinModel(loose, MODEL)), () => MODEL);
  expect('study' in opened && opened.study.model).toEqual({ name: 'decay', sha256: sha256(MODEL) });
});
