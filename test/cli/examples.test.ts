// Every command line that the help and the README print runs, on the real product with small cohorts.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';
import { nodeDevices } from '../../src/cli/devices.ts';
import { nodeIo } from '../../src/cli/node-io.ts';
import { createProduct } from '../../src/cli/product.ts';
import { COMMAND_NAMES, COMMANDS, helpText } from '../../src/cli/usage.ts';
import { referenceModel } from '../study/reference-models.ts';

const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
const FEW = '20';
/** They name a file to write. */
const FILES = /^--(summary|endpoints|parameters|trajectories|ledger|nonmem|nca|vpc)$/;

const folder = await mkdtemp(join(tmpdir(), 'gemello-examples-'));
const quiet = nodeIo();
const product = createProduct({
  ...nodeDevices({ lanes: 0 }),
  webgpu: async () => ({ reason: 'the examples run anywhere' }),
});
beforeAll(async () => {
  const model = /```\n(model [\s\S]*?)```/.exec(readme)?.[1] ?? '';
  await writeFile(join(folder, 'mine.model'), model);
  await writeFile(join(folder, 'study.json'), '{ "gemello": 1, "model": { "name": "vancomycin" } }');
  await writeFile(join(folder, 'titrated.model'), referenceModel('inr'));
  await writeFile(
    join(folder, 'doses.csv'),
    'ID,TIME,AMT,ADDL,II,CMT,DV,WT\n1,0,200,14,8,1,.,70\n1,125,.,.,.,2,8.5,70\n2,0,300,9,12,1,.,80\n2,125,.,.,.,2,9,80\n',
  );
  await writeFile(
    join(folder, 'study.csv'),
    'ID,TIME,AMT,DV,WT\n1,0,500,.,70\n1,168,.,8.5,70\n2,0,400,.,80\n',
  );
  await writeFile(join(folder, 'people.csv'), 'WT [kg]\n70\n81.5\n');
  await writeFile(join(folder, 'like.json'), '[{ "of": "WT", "mean": 82 }]');
});
afterAll(async () => {
  quiet.stop();
  await rm(folder, { recursive: true });
});

/** Words of a shell line; "..." is one word. */
const wordsOf = (line: string): string[] =>
  [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');

/** The same command for few patients, its files in the test's folder. */
async function gemello(words: readonly string[]) {
  const small: Readonly<Record<string, string>> = {
    '--patients': FEW,
    '--studies': '5',
    // Of two people: as many.
    '--clouds': '10',
  };
  const few = words.map((word, i) => small[words[i - 1] ?? ''] ?? word);
  if (few[0] === 'run' && !few.includes('--patients') && !few.includes('--typical'))
    few.push('--patients', FEW);
  const written: string[] = [];
  let [out, err] = ['', ''];
  const io = {
    ...quiet,
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
    read: (path: string) => quiet.read(join(folder, path)),
    write: (path: string) => {
      written.push(path);
      return quiet.write(join(folder, path));
    },
  };
  const status = await commandLine(few, io, product);
  return { status, out, err, written };
}

const readmeLines = [...readme.matchAll(/^npm run -s gemello -- (.*?)(?:\s+#.*)?$/gm)].map((m) => m[1] ?? '');
const helpLines = COMMAND_NAMES.flatMap((name) =>
  COMMANDS[name].examples.map((line) => line.replace(/^gemello /, '')),
);

describe('the printed command lines', () => {
  test('are there, and the help shows each of its own', () => {
    expect(readmeLines.length).toBeGreaterThanOrEqual(5);
    expect(helpLines.length).toBeGreaterThanOrEqual(COMMAND_NAMES.length);
    for (const name of COMMAND_NAMES)
      for (const line of COMMANDS[name].examples) expect(helpText(name)).toContain(`\n  ${line}\n`);
  });

  test.each([...new Set([...readmeLines, ...helpLines])])('gemello %s', async (line) => {
    const words = wordsOf(line);
    const { status, out, err, written } = await gemello(words);
    expect(err).toBe('');
    expect(status).toBe(0);
    expect(out).not.toMatch(/\d 1([ ,)]|$)/m);
    expect(written).toEqual(words.filter((_, i) => FILES.test(words[i - 1] ?? '')));
    for (const file of written) {
      const text = (await quiet.read(join(folder, file))) ?? '';
      if (file.endsWith('.csv')) expect(text.split('\r\n').length).toBeGreaterThan(20);
      else expect(text.length).toBeGreaterThan(500);
    }
  });

  test.each(
    [...helpText().matchAll(/gemello (?:COMMAND )?(--\w+|models)/g)].flatMap(([line, last = '']) =>
      line.includes('COMMAND') ? COMMAND_NAMES.map((name) => `${name} ${last}`) : [last],
    ),
  )('gemello %s, which the help speaks of', async (line) => {
    expect(await gemello(wordsOf(line))).toMatchObject({ status: 0, err: '' });
  });
});

test('the values that the help gives --set fit vancomycin', async () => {
  const values = wordsOf(COMMANDS.run.options.set.help.replaceAll(',', ' ')).filter((word) =>
    word.includes('='),
  );
  expect(values).toEqual(['TVCL=5', 'CRCL=90 mL/min', 'DIAL=yes']);
  const { status } = await gemello(['run', 'vancomycin', '--typical', '--set', ...values]);
  expect(status).toBe(0);
});

test('a check of a plain number, with a plain tolerance, shows no unit', async () => {
  const model = `${await readFile(join(folder, 'mine.model'), 'utf8')}\ncheck "share" : V / TVV = 0.635 within 0.01 given WT = 44.45\n`;
  await writeFile(join(folder, 'share.model'), model);
  const { status, out } = await gemello(['check', 'share.model', '--checks']);
  expect(status).toBe(0);
  expect(out).toContain('pass  share: expected 0.635, got 0.635, tolerance 0.01\n');
});
