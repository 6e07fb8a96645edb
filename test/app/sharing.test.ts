// Studies that leave the page and come back: what a link carries, and what its digest depends on.
import { expect, it } from 'vitest';
import { openFile } from '../../src/app/files.ts';
import { Session } from '../../src/app/session.ts';
import { addressOf, comparison, sharedStudy } from '../../src/app/sharing.ts';
import { translator } from '../../src/app/strings.ts';
import { columnFacts, tableFacts } from '../../src/app/table-facts.ts';
import { inputsDigest, sha256 } from '../../src/study/digest.ts';
import { decodeLink } from '../../src/study/link.ts';
import { FakeEngine } from '../browser/fake-engine.ts';

const textOf = () => 'the text';
const TABLE = 'WT,CRCL,DIAL\n70,60,no\n80,90,yes\n';

async function withTable(text: string) {
  let answered: () => void = () => undefined;
  const result = new Promise<void>((resolve) => {
    answered = resolve;
  });
  const session = await Session.open(
    { engine: new FakeEngine(), notify: () => done() && answered() },
    'the text',
    { name: 'vancomycin' },
    null,
  );
  const done = () => session instanceof Session && session.state.table !== null && !session.state.preview;
  if (!(session instanceof Session)) throw new Error('the text is without errors');
  session.openTable('ward.csv', text);
  await result;
  return session.state;
}

it('a shared study digests the table’s text, so other rows under the same name are told apart', async () => {
  const mine = await withTable(TABLE);
  const shared = sharedStudy(mine, textOf);
  expect(shared.carries).toBe(true);
  if (!mine.result) throw new Error('the run has a result');
  expect(comparison(shared.study, mine.result, mine.table)?.verdict).toBe('reproduced');
  const theirs = await withTable(TABLE.replace('70', '71'));
  if (!theirs.result) throw new Error('the run has a result');
  expect(comparison(shared.study, theirs.result, theirs.table)?.verdict).toBe('inputs changed');
});

it('digests a table the same from its text and from the SHA-256 of it', () => {
  const study = { gemello: 1, model: { text: 'x' }, cohort: { table: 'ward.csv' } } as const;
  const inputs = { modelSha256: '0'.repeat(64), gemello: '0.1.0' };
  expect(inputsDigest(study, { ...inputs, tableSha256: sha256(TABLE) })).toBe(
    inputsDigest(study, { ...inputs, table: TABLE }),
  );
});

it('a link names the table and holds none of its rows', async () => {
  const state = await withTable(TABLE);
  const opened = await decodeLink(await addressOf(state.study, textOf), textOf);
  if (!('study' in opened)) throw new Error(opened.error);
  expect(opened.study.cohort?.table).toBe('ward.csv');
  expect(JSON.stringify(opened.study)).not.toContain('70,60');
});

it('describes a column by its ends, its middle and its mean, once a table', () => {
  expect(columnFacts(Float64Array.of(3, 1, 2, 10))).toEqual({ low: 1, median: 2.5, high: 10, mean: 4 });
  expect(columnFacts(Float64Array.of(7))).toEqual({ low: 7, median: 7, high: 7, mean: 7 });
  const table = { rows: 2, columns: { WT: Float64Array.of(70, 80) }, digest: 'd', warnings: ['w'] };
  const facts = tableFacts('a.csv', TABLE, table);
  expect(facts).toMatchObject({ name: 'a.csv', rows: 2, sha256: sha256(TABLE), warnings: ['w'] });
  expect(tableFacts('b.csv', TABLE, table)).toEqual({ ...facts, name: 'b.csv' });
});

const t = translator('en');
const file = (name: string, text: string, size = text.length) => ({ name, size, text: async () => text });

it('opens a .csv as a table, anything as one where a table is asked for, and names it as a study may', async () => {
  expect(await openFile(file('ward.CSV', TABLE), t)).toEqual({
    kind: 'table',
    name: 'ward.CSV',
    text: TABLE,
  });
  expect(await openFile(file('ward.txt', TABLE), t, 'table')).toMatchObject({ kind: 'table' });
  const long = await openFile(file(`${'x'.repeat(200)}\u0007.csv`, TABLE), t);
  expect(long).toMatchObject({ kind: 'table', name: `${'x'.repeat(95)} .csv` });
});

it('takes a text for a model by its name or its first word, and nothing else for one', async () => {
  const kind = async (name: string, text: string) => (await openFile(file(name, text), t)).kind;
  expect(await kind('mine.txt', '# mine\nmodel mine "Mine"\n')).toBe('model');
  expect(await kind('broken.model', 'modle mine')).toBe('model');
  expect(await kind('ward.txt', TABLE)).toBe('refused');
  expect(await kind('photo.png', '\u0089PNG\0 model')).toBe('refused');
  expect(await kind('study.txt', '{ "gemello": 1, "model": { "name": "vancomycin" } }')).toBe('study');
});

it('refuses a table too large to travel with every run, and says the limit', async () => {
  expect(await openFile(file('ward.csv', '', 20_000_000), t)).toEqual({
    kind: 'refused',
    message: 'It is larger than 16000 kB.',
  });
});
