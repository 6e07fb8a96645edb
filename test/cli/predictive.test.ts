// `gemello run --vpc`: the check of a dosing file as JSON, in a file or printed; and what is refused.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';
import { nodeDevices } from '../../src/cli/devices.ts';
import { nodeIo } from '../../src/cli/node-io.ts';
import { createProduct } from '../../src/cli/product.ts';
import type { Vpc } from '../../src/study/vpc-report.ts';

const folder = await mkdtemp(join(tmpdir(), 'gemello-vpc-'));
const product = createProduct(nodeDevices({ lanes: 0 }));
const quiet = nodeIo();
afterAll(async () => {
  quiet.stop();
  await rm(folder, { recursive: true });
});
const at = (name: string) => join(folder, name);
await writeFile(
  at('one.model'),
  `model one
  time h
parameter KE = 0.1 [1/h]
random eta ~ normal(cv 30 %)
compartment central : mg
flow eliminated : central -> at KE * exp(eta) * central
output amount = central
measure level of amount error proportional 0.1
show until 24 h every 1 h
`,
);
await writeFile(at('doses.csv'), 'ID,TIME,AMT,DV\n1,0,100,.\n1,3,.,70\n1,24,.,9\n2,0,50,.\n2,3,.,40\n');

/** The real command line in the test's folder; `@name` is a file there. */
async function gemello(line: string) {
  let [out, err] = ['', ''];
  const io = {
    ...quiet,
    out: (text: string) => {
      out += text;
    },
    err: (text: string) => {
      err += text;
    },
  };
  const argv = line.split(' ').map((word) => (word.startsWith('@') ? at(word.slice(1)) : word));
  const status = await commandLine([...argv, '--backend', 'webassembly'], io, product);
  return { status, out, err };
}
const DATA = 'run @one.model --data @doses.csv --data-option output=amount';

it('writes the check beside the result, or prints it and nothing else', async () => {
  const options = '--vpc-option replicates=40 bins=2 corrected=yes';
  const file = await gemello(`${DATA} ${options} --vpc @check.json`);
  expect([file.status, file.err]).toEqual([0, '']);
  expect(file.out).toContain('one: 2 patients');
  const written: Vpc = JSON.parse(await readFile(at('check.json'), 'utf8'));
  expect(written).toMatchObject({
    subjects: 2,
    observations: 3,
    replicates: 40,
    corrected: true,
    unit: 'mg',
  });
  expect(written.bins.map(({ observations, time }) => [observations, time])).toEqual([[2, 3], [1, 24]]); // biome-ignore format: bins
  expect(written.bins[1]?.p50.observed).toBe(9);
  const printed = await gemello(`${DATA} ${options} --vpc -`);
  expect(JSON.parse(printed.out)).toEqual(written);
});

it.each([
  ['run @one.model --vpc @x.json', 1, 'a predictive check needs observations'],
  [`${DATA} --vpc @x.json --vpc-option output=amnt`, 1, 'no observation of amnt; there is amount'],
  [`${DATA} --vpc - --json -`, 2, '--json and --vpc cannot both print to -'],
  [`${DATA} --vpc-option bins=3`, 2, '--vpc-option bins is about a check'],
  [`${DATA} --vpc - --vpc-option bin=3`, 2, 'there is no such option'],
  [`${DATA} --vpc - --vpc-option bins=2.5`, 2, 'give a whole number from 1'],
  [`${DATA} --vpc - --vpc-option corrected=maybe`, 2, 'say yes or no'],
  [`${DATA} --vpc @x.json --json @x.json`, 2, 'two outputs would go to the same file'],
])('says what is wrong with %s', async (line, status, message) => {
  const done = await gemello(line);
  expect(done.err).toContain(message);
  expect(done.status).toBe(status);
  await expect(readFile(at('x.json'))).rejects.toThrow();
});
