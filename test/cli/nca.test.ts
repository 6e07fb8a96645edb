// `gemello run --nca`: a row a patient and arm, a summary in the terminal, and every option that is refused before a run.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';
import { nodeDevices } from '../../src/cli/devices.ts';
import { nodeIo } from '../../src/cli/node-io.ts';
import { createProduct } from '../../src/cli/product.ts';

const folder = await mkdtemp(join(tmpdir(), 'gemello-nca-'));
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
parameter V = 20 [L]
random eta ~ normal(cv 30 %)
compartment central : mg
flow eliminated : central -> at KE * exp(eta) * central
output amount = central
output conc = central / V in ug/mL
therapy once
  dose 100 [mg] into central
therapy often
  dose 100 [mg] into central every 12 h
show until 240 h every 2 h
`,
);

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
const RUN = 'run @one.model --patients 6';

it('writes a row a patient and arm with units in its heading, and prints the summary after the result', async () => {
  const done = await gemello(`${RUN} --nca @nca.csv --nca-option from=216 tau=12 lloq=0.00001`);
  expect([done.status, done.err]).toEqual([0, '']);
  const [head = '', ...rows] = (await readFile(at('nca.csv'), 'utf8')).trimEnd().split('\r\n');
  const names = head.split(',');
  for (const name of [
    'id',
    'arm',
    'route',
    'dose [mg]',
    'Cmax [ug/mL]',
    'AUCtau [ug*h/mL]',
    'CL [L/h]',
    'Vz [L]',
    'half-life [h]',
    'accumulation AUCtau',
    'flags',
  ])
    expect(names).toContain(name);
  expect(rows).toHaveLength(12);
  const cell = (row: string, name: string) => row.split(',')[names.indexOf(name)];
  expect(rows.map((row) => `${cell(row, 'id')} ${cell(row, 'arm')}`).slice(0, 4)).toEqual(['0 once', '0 often', '1 once', '1 often']); // biome-ignore format: rows
  for (const row of rows) {
    const often = cell(row, 'arm') === 'often';
    expect(cell(row, 'dose [mg]')).toBe(often ? '100' : '');
    // Volume is 20 L in everybody; ug/mL have not confused it.
    if (often) expect(Number(cell(row, 'Vz [L]'))).toBeCloseTo(20, 2);
    else expect([cell(row, 'CL [L/h]'), cell(row, 'flags')?.includes('no-dose')]).toEqual(['', true]);
  }
  expect(done.out.indexOf('one: 6 patients')).toBeLessThan(
    done.out.indexOf('non-compartmental analysis of conc'),
  );
  expect(done.out).toContain(
    'from 216 h, tau 12 h, trapezoids linear up, logarithmic down, limit of quantification 0.00001 ug/mL',
  );
  expect(done.out).toMatch(/geo\. CV %/);
  expect(done.out).toMatch(/6 of 6 no-dose: nothing was given/);
  expect(done.out).toContain('note: once: no dose at 216 h in the first patient');
  expect(done.out).toMatch(/CL +0 +- .* 6 no-dose/);
});

it('keeps words off a stream that carries data', async () => {
  const done = await gemello(
    `${RUN} --arm once --json - --nca @json.csv --nca-option times=1,2,4,8,12,24 rule=linear`,
  );
  expect(JSON.parse(done.out)).toMatchObject({ patients: 6 });
  expect(done.err).toContain('linear trapezoids');
  expect(await readFile(at('json.csv'), 'utf8')).toContain('start-extrapolated');
});

it('takes times and amounts with units, and a route', async () => {
  const done = await gemello(
    `${RUN} --arm once --nca @units.csv --nca-option from=0 dose=0.2g duration=30min route=infusion steady=no output=amount`,
  );
  expect([done.status, done.err]).toEqual([0, '']);
  expect(await readFile(at('units.csv'), 'utf8')).toMatch(/^0,once,infusion,200,/m);
});

it.each([
  ['--nca-option tau=12', 'tau is about an analysis'],
  ['--nca @x.csv --nca-option tao=12', 'did you mean tau?'],
  ['--nca @x.csv --nca-option output=cnc', 'did you mean conc?'],
  ['--nca @x.csv --nca-option tau=12mg', '"12mg" is mg where h is expected'],
  ['--nca @x.csv --nca-option from=-1', '-1 is not a number from 0'],
  ['--nca @x.csv --nca-option times=1,two', '"two" is not a quantity'],
  ['--nca @x.csv --nca-option times=2,1', 'give ascending times'],
  ['--nca @x.csv --nca-option dose=5L', 'L where mg is expected'],
  ['--nca @x.csv --nca-option dose=0', 'give an amount above 0'],
  ['--nca @x.csv --nca-option route=oral', 'say bolus, infusion or extravascular'],
  ['--nca @x.csv --nca-option rule=log', 'say linear or linear-up-log-down'],
  ['--nca @x.csv --nca-option steady=maybe', 'say yes or no'],
  ['--nca @x.csv --nca-option lloq=1h', 'h where ug/mL is expected'],
  ['--nca @x.csv --nca-option from=240', "before the run's end at 240 h"],
  ['--nca @x.csv --nca-option from=236 tau=12', 'run until then, or give less'],
  ['--nca @x.csv --nca-option duration=2', 'give the route infusion too'],
  ['--nca - --nca-option tau=12', '--nca needs a file'],
])('refuses %s before it runs, with a remedy', async (options, message) => {
  const done = await gemello(`${RUN} ${options}`);
  expect(done.err).toContain(message);
  expect([done.status, done.out]).toEqual([2, '']);
  await expect(readFile(at('x.csv'))).rejects.toThrow();
});
