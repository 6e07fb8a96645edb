import { expect, test } from 'vitest';
import { commandLine } from '../../src/cli/command-line.ts';
import { inputsDigest, sha256 } from '../../src/study/digest.ts';
import { expectationOf } from '../../src/study/expect.ts';
import { encodeLink, pinModel } from '../../src/study/link.ts';
import type { Study } from '../../src/study/study.ts';
import { type FakeOptions, fake, MODEL_TEXT, resultOf } from './fake.ts';

/** Runs one command line; words are split at spaces, `~` stands for a space inside one. */
async function gemello(
  line: string,
  files: Readonly<Record<string, string>> = {},
  options: FakeOptions = {},
) {
  const world = fake({ 'my.model': MODEL_TEXT, ...files }, options);
  const argv = line === '' ? [] : line.split(' ').map((word) => word.replaceAll('~', ' '));
  const status = await commandLine(argv, world.io, world.product);
  return { status, out: world.out, err: world.err, world, study: world.asked[0]?.study };
}

test('help, version and the list of models go to stdout', async () => {
  for (const line of ['--help', '-h', 'help']) {
    const { status, out } = await gemello(line);
    expect(status).toBe(0);
    for (const command of ['gemello check', 'gemello run', 'gemello models']) expect(out).toContain(command);
  }
  const { out } = await gemello('run --help');
  for (const option of [
    'patients',
    'seed',
    'backend',
    'arm',
    'set',
    'typical',
    'cohort',
    'json',
    'parameters',
    'trajectories',
    'until',
    'every',
    'data',
    'data-option',
    'ledger',
    'nonmem',
    'audit',
  ])
    expect(out).toContain(`--${option}`);
  expect((await gemello('check --help')).out).toContain('--checks');
  expect((await gemello('--version')).out).toBe('1.2.3\n');
  expect((await gemello('models')).out).toBe('toy         A toy\nvancomycin  A toy\n');
});

test.each([
  ['', 'no command', '--help'],
  ['rnu my.model', 'no command rnu', 'did you mean run?'],
  ['--json - run', 'the command comes first', ''],
  ['models toy', 'models takes no arguments', ''],
  ['run', 'run needs MODEL|STUDY.json|LINK', 'gemello run --help'],
  ['run my.model other.model', 'takes one', 'other.model'],
  ['run my.model --patient 5', 'no option --patient', 'did you mean --patients?'],
  ['check my.model --patients 5', 'check has no option --patients', '--checks'],
  ['run my.model --patients', '--patients needs a value', 'N'],
  ['run my.model --patients --seed', '--patients needs a value', 'N'],
  ['run my.model --patients 10x', '--patients 10x', 'whole number'],
  ['run my.model --patients 1e3', '--patients 1e3', 'whole number'],
  ['run my.model --patients 0', '--patients 0', '1 to 10,000,000'],
  ['run my.model --patients 10000001', '10000001', '1 to 10,000,000'],
  ['run my.model --patients 1 --patients 2', '--patients is given twice', ''],
  ['run my.model --seed -1', '--seed', 'from 0'],
  ['run my.model --seed 18446744073709551616', '--seed', 'from 0'],
  ['run my.model --typical --patients 10', '--typical is one patient', 'leave out --patients 10'],
  ['run my.model --typical=yes', '--typical takes no value', ''],
  ['run my.model --backend webgup', 'no such backend', 'did you mean webgpu?'],
  ['run my.model --arm fixd', '--arm fixd', 'did you mean fixed?'],
  ['run my.model --set CL', '--set CL', 'NAME=VALUE'],
  ['run my.model --set CL=', 'NAME=VALUE', 'such as'],
  ['run my.model --set CLL=5', '--set CLL', 'did you mean CL?'],
  ['run my.model --set CL=five', 'not a quantity', 'CL is in L/h'],
  ['run my.model --set CL=5~mg', '"5 mg" is mg where L/h is expected - CL is in L/h\n', ''],
  ['run my.model --set CL=5~mL/mins', 'unknown unit mins', 'CL is in L/h'],
  ['run my.model --set CL=1 --set CL=2', '--set CL is given twice', ''],
  ['run my.model --set CL=1 F=1 CL=1', '--set CL is given twice', ''],
  ['run my.model --set CL=1e999', 'too large', ''],
  ['run my.model --set DIAL=2', 'DIAL is yes or no', ''],
  ['run my.model --set SITE=nort', 'no such category', 'did you mean north?'],
  ['run my.model --until 5~mg', '--until 5 mg', 'it takes a length of time, in h or another unit of time'],
  ['run my.model --every 0', 'not longer than 0', 'it takes a length of time'],
  ['run my.model --parameters -', '--parameters needs a file', '--json'],
  ['run my.model --summary a.txt', "--summary a.txt: the file's ending", '.csv or .parquet'],
  ['run my.model --endpoints parquet', "--endpoints parquet: the file's ending", '--endpoints endpoints.csv'],
  ['run my.model --endpoints a.csv --summary ./a.csv', 'same file', ''],
  ['run my.model --json a --parameters a', 'same file', ''],
  ['run my.model --json a --parameters ./a', 'same file', ''],
  ['run my.model --cohort gone.csv', 'gone.csv', 'no such file'],
  ['run gone.model', 'no file gone.model', ''],
  ['run vanco', 'no shipped model of that name', 'did you mean vancomycin?'],
  [
    'run https://example.org/#s=abc',
    'https://example.org/#s=abc is not a Gemello link',
    'one has #/s/ in it',
  ],
  ['run #s=abc', '#s=abc is not a Gemello link', ''],
  ['check https://example.org/#/s/1.a.b', 'a link holds a study, not a model', 'gemello run takes it'],
  ['run vancomycine', 'no shipped model of that name', 'did you mean vancomycin?'],
])('`gemello %s` is misuse: %s', async (line, message, hint) => {
  const { status, out, err, world } = await gemello(line);
  expect(status).toBe(2);
  expect(out).toBe('');
  expect(err).toContain(message);
  expect(err).toContain(hint);
  expect(world.asked).toEqual([]);
});

test('a model from a file runs by its text, a shipped one by its name', async () => {
  expect((await gemello('run my.model')).study).toEqual({ gemello: 1, model: { text: MODEL_TEXT } });
  expect((await gemello('run toy')).study).toEqual({ gemello: 1, model: { name: 'toy' } });
});

test('every option lands in the study, in the units of the model', async () => {
  const line =
    'run my.model --patients 500 --seed 0018 --arm weighted fixed --set CL=6e0 WT=80 --set DIAL=yes --set SITE=south ' +
    '--set F=-0.5 --until 2~d --every=0.5 --method rodas4 --cohort folder/people.csv';
  const { status, study, world } = await gemello(line, { 'folder/people.csv': 'WT\n70\n' });
  expect(status).toBe(0);
  expect(study).toEqual({
    gemello: 1,
    model: { text: MODEL_TEXT },
    set: { CL: 6, F: -0.5 },
    cohort: { patients: 500, seed: '18', set: { WT: 80, DIAL: 1, SITE: 1 }, table: 'people.csv' },
    arms: [
      { name: 'weighted', therapy: 'weighted' },
      { name: 'fixed', therapy: 'fixed' },
    ],
    time: { until: '2 d', every: '0.5 h' },
    solver: { method: 'rodas4' },
  });
  expect(world.asked[0]?.tables).toEqual({ 'people.csv': 'WT\n70\n' });
});

test('a value with a unit is converted to the unit that the model declares', async () => {
  for (const line of ['run my.model --set CL=90~mL/min', 'run my.model --set CL=9e1[mL/min]'])
    expect((await gemello(line)).study?.set?.CL).toBeCloseTo(5.4, 12);
});

test('--typical is one patient', async () => {
  expect((await gemello('run my.model --typical --set WT=70')).study?.cohort).toEqual({
    typical: true,
    patients: 1,
    set: { WT: 70 },
  });
});

test('the input may also follow the values of --arm', async () => {
  const { status, study } = await gemello('run --arm fixed my.model');
  expect(status).toBe(0);
  expect(study?.arms).toEqual([{ name: 'fixed', therapy: 'fixed' }]);
});

const study: Study = {
  gemello: 1,
  model: { name: 'toy' },
  set: { CL: 4, F: 0.9 },
  cohort: { patients: 50, seed: '3', set: { WT: { median: 70 } } },
  arms: [{ name: 'mine', therapy: 'dose 1 [mg] into central' }, { name: 'other' }],
};

test('a study runs as it is, and options go on top of it', async () => {
  const files = { 'a/study.json': JSON.stringify(study) };
  expect((await gemello('run a/study.json', files)).study).toEqual(study);
  const changed = await gemello('run a/study.json --set CL=5 DIAL=no --patients 60 --arm other fixed', files);
  expect(changed.study).toEqual({
    ...study,
    set: { CL: 5, F: 0.9 },
    cohort: { patients: 60, seed: '3', set: { WT: { median: 70 }, DIAL: 0 } },
    arms: [{ name: 'other' }, { name: 'fixed', therapy: 'fixed' }],
  });
});

test("a study's table is read from beside it; when it is not there the message says what to do", async () => {
  const withTable = { ...study, cohort: { table: 'people.csv' } };
  const files = { 'a/study.json': JSON.stringify(withTable) };
  const found = await gemello('run a/study.json', { ...files, 'a/people.csv': 'WT\n' });
  expect(found.world.asked[0]?.tables).toEqual({ 'people.csv': 'WT\n' });
  const gone = await gemello('run a/study.json', files);
  expect(gone.status).toBe(1);
  expect(gone.err).toContain('give it with --cohort');
});

test('a link runs like the study that it holds, and a damaged one does not run', async () => {
  const link = await encodeLink(pinModel(study, MODEL_TEXT));
  const opened = await gemello(`run https://example.org/${link}`);
  expect(opened.study).toEqual(pinModel(study, MODEL_TEXT));
  const damaged = await gemello(`run ${link.slice(0, 20)}A${link.slice(21)}`);
  expect(damaged).toMatchObject({ status: 1, out: '' });
  expect(damaged.err).toContain('damaged');
  const old = await gemello(`run ${await encodeLink(pinModel(study, 'model toy of old'))}`);
  expect(old.status).toBe(1);
  expect(old.err).toContain('toy has changed');
});

test('errors in a study name its field, errors in a model its line', async () => {
  const bad = await gemello('run s.json', {
    's.json': '{"gemello":1,"model":{"name":"toy"},"cohort":{"patients":0}}',
  });
  expect(bad).toMatchObject({ status: 1, out: '' });
  expect(bad.err).toContain('s.json: cohort.patients is 0');
  const wrong = await gemello('run bad.model --json -', { 'bad.model': 'modle toy' });
  expect(wrong).toMatchObject({ status: 1, out: '' });
  expect(wrong.err).toContain('bad.model:1:2: error: a model begins with its name\n  hint: model NAME');
  expect(wrong.err).toContain('bad.model has 1 error\n');
});

test('the table has a row an endpoint, with median and 5-95 %, probability, failures, backend and time', async () => {
  const { out, err } = await gemello('run my.model --arm fixed weighted');
  expect(out).toBe(`toy: 10,000 patients, seed 1

fixed (failed: 3 too many steps)
                  median  5 %  95 %   mean          missing
  auc24              500  250  1000  520.1  mg*h/L
  hit            34.57 %
  onset                -    1     -      3  h       8,000
  conc at 168 h     12.5    6    22     13  mg/L

weighted (failed: 3 too many steps)
                  median  5 %  95 %   mean          missing
  auc24              500  250  1000  520.1  mg*h/L
  hit            34.57 %
  onset                -    1     -      3  h       8,000
  conc at 168 h     12.5    6    22     13  mg/L

failed, and left out above: 3 too many steps (of 20,000)
webassembly (f64) on two workers: it is a test
compiled in 12 ms, ran in 1.23 s
`);
  expect(err).toBe('warning: column AGE is not used\n');
});

test('one patient has values instead of quantiles', async () => {
  const { out } = await gemello('run my.model --typical');
  expect(out).toContain('toy: one patient');
  expect(out).toMatch(/auc24 +520\.1 {2}mg\*h\/L\n/);
  expect(out).toMatch(/hit +yes\n/);
  expect(out).not.toContain('median');
});

test('--json - prints the result as JSON and nothing else; --json FILE writes it beside the table', async () => {
  const printed = await gemello('run my.model --json -');
  expect(JSON.parse(printed.out)).toEqual(resultOf({ gemello: 1, model: { text: '' } }));
  const filed = await gemello('run my.model --json out.json');
  expect(filed.out).toContain('toy: 10,000 patients');
  expect(filed.world.written.get('out.json')).toBe(printed.out);
});

test('--parameters writes a row a patient across chunks, yes and no as 1 and 0, categories by name', async () => {
  const { world } = await gemello('run my.model --patients 5000 --parameters p.csv');
  const lines = world.written.get('p.csv')?.split('\r\n') ?? [];
  expect(lines).toHaveLength(5002);
  expect(lines.slice(0, 3)).toEqual(['id,WT [kg],DIAL,SITE', '0,0,0,north', '1,0.5,1,south']);
  expect(lines[4098]).toBe('4097,2048.5,1,south');
  expect(lines[5000]).toBe('4999,2499.5,1,south');
});

test('--trajectories writes a row a patient, arm and time, and says who is left out', async () => {
  const { world, err } = await gemello('run my.model --patients 5 --arm fixed weighted --trajectories t.csv');
  const lines = world.written.get('t.csv')?.split('\r\n') ?? [];
  expect(lines[0]).toBe('id,arm,time [h],conc [mg/L],central [mg]');
  expect(lines.slice(1, 5)).toEqual([
    '0,fixed,0,0,1000',
    '0,fixed,1,100,1100',
    '0,weighted,0,0,1000',
    '0,weighted,1,100,1100',
  ]);
  expect(lines.slice(-3)).toEqual(['4,weighted,0,4,1004', '4,weighted,1,104,1104', '']);
  expect(lines.some((line) => line.startsWith('3,'))).toBe(false);
  expect(err).toContain('t.csv: 2 courses left out (not finite)');
});

test('every output is opened before anything runs, and what cannot be written is said without a run', async () => {
  const line = 'run my.model --json no/x.json --parameters p.csv --trajectories no/t.csv';
  const { status, out, err, world } = await gemello(line, {}, { locked: ['no/x.json', 'no/t.csv'] });
  expect({ status, out }).toEqual({ status: 1, out: '' });
  expect(err).toBe(
    'gemello: no/x.json cannot be written: it is a test\ngemello: no/t.csv cannot be written: it is a test\n',
  );
  expect(world.asked).toEqual([]);
  expect(world.discarded).toEqual(['p.csv']);
});

test('an output that fails while it is written takes no other with it', async () => {
  const line = 'run my.model --patients 5 --json x.json --parameters p.csv --trajectories t.csv';
  const { status, out, err, world } = await gemello(line, {}, { full: ['x.json'] });
  expect(status).toBe(1);
  expect(out).toContain('toy: 5 patients');
  expect(err).toContain('gemello: x.json cannot be written: the disk is full\n');
  expect([...world.written.keys()]).toEqual(['p.csv', 't.csv']);
  expect(world.discarded).toEqual(['x.json']);
});

test('a table of endpoints is of the run that was printed, and its numbers do not stay on disk', async () => {
  const { status, world } = await gemello('run my.model --endpoints e.csv --summary s.csv');
  expect(status).toBe(0);
  expect(world.asked).toHaveLength(1);
  expect(world.written.get('e.csv')).toBe('id,auc24 [mg*h/L]\r\n0,520.5\r\n1,\r\n');
  expect(world.written.get('s.csv')?.split('\r\n')[0]).toBe(
    'scope,group,arm,versus,kind,name,statistic,time,time unit,value,lower,upper,unit',
  );
  expect(world.discarded).toEqual(['numbers of e.csv']);
  const failed = await gemello('run my.model --endpoints e.csv', {}, { runFails: new Error('it is over') });
  expect(failed.world.discarded).toEqual(['numbers of e.csv', 'e.csv']);
});

test('a run that fails leaves none of its outputs behind', async () => {
  const { status, world } = await gemello(
    'run my.model --json x.json --parameters p.csv',
    {},
    { runFails: new Error('the device is gone') },
  );
  expect(status).toBe(1);
  expect(world.written.size).toBe(0);
  expect(world.discarded).toEqual(world.touched);
});

test('control characters of other people reach no terminal, and stay as they are in JSON', async () => {
  const bell = '\u001b]0;title\u0007';
  const { err } = await gemello('run my.model', {}, { warning: `column ${bell}\r\u009b\u202e is not used` });
  expect(err).toBe('warning: column \\x1b]0;title\\x07\\x0d\\x9b\\u202e is not used\n');
  expect((await gemello(`run ${bell}`)).err).toContain('there is no file \\x1b]0;title\\x07,');
  const arms: Study = { gemello: 1, model: { name: 'toy' }, arms: [{ name: 'a\u009bm' }] };
  const files = { 's.json': JSON.stringify(arms) };
  expect((await gemello('run s.json', files)).out).toContain('a\\x9bm');
  const printed = await gemello('run s.json --json -', files);
  expect(JSON.parse(printed.out)).toMatchObject({ arms: [{ name: 'a\u009bm' }] });
});

test('a study that names a model which is not shipped says which one is near', async () => {
  const named = JSON.stringify({ gemello: 1, model: { name: 'vanco' } });
  const { status, err } = await gemello('run s.json', { 's.json': named });
  expect(status).toBe(1);
  expect(err).toBe('s.json: model.name: there is no shipped model vanco; did you mean vancomycin?\n');
});

test('a backend that was asked for is not replaced by another', async () => {
  expect((await gemello('run my.model --backend webassembly')).world.opened).toEqual(['webassembly']);
  const { status, err, world } = await gemello(
    'run my.model --backend webgpu',
    {},
    { backend: 'webassembly' },
  );
  expect(status).toBe(1);
  expect(err).toContain('--backend webgpu cannot run here: it is a test');
  expect(world.disposed).toBe(1);
  expect(world.asked).toEqual([]);
});

test('what the study layer refuses, and what a device throws, are said in words with status 1', async () => {
  const refused = await gemello('run my.model', {}, { refuses: 'there is no method rk5' });
  expect(refused).toMatchObject({ status: 1, err: 'solver.method: there is no method rk5\n' });
  const broken = await gemello('run my.model', {}, { runFails: new Error('the device is gone') });
  expect(broken).toMatchObject({ status: 1, err: 'gemello: the device is gone\n' });
  expect(broken.world.disposed).toBe(1);
});

test('a stopped command ends with 130', async () => {
  const world = fake({ 'my.model': MODEL_TEXT }, { runFails: new Error('aborted') });
  world.stop();
  expect(await commandLine(['run', 'my.model'], world.io, world.product)).toBe(130);
  expect(world.err).toBe('stopped\n');
});

test('check prints diagnostics with status 1, and a good model with status 0', async () => {
  const good = await gemello('check my.model');
  expect(good).toMatchObject({ status: 0, err: '' });
  expect(good.out).toBe('toy: no errors; --checks runs its 2 check lines\n');
  const bad = await gemello('check bad.model', { 'bad.model': '?' });
  expect(bad.status).toBe(1);
  expect(bad.err).toContain('bad.model:1:2: error:');
});

test('check --checks prints expected, got, tolerance and verdict, and fails when one does', async () => {
  const good = await gemello('check toy --checks');
  expect(good.status).toBe(0);
  expect(good.out).toBe(`pass  peak: expected 28.03 mg/L, got 28.031, tolerance 0.1 %
pass  trough: expected 28.03 mg/L, got 28.031, tolerance 0.1 %
toy: 2 of 2 checks pass on webassembly (f64)
`);
  const bad = await gemello('check toy --checks --backend webassembly', {}, { checksPass: false });
  expect(bad.status).toBe(1);
  expect(bad.out).toContain('FAIL  trough: expected 28.03 mg/L, got 30');
  expect(bad.out).toContain('1 of 2 checks pass');
});

test('a study that says what its sharer saw is held against it', async () => {
  const plain: Study = { gemello: 1, model: { name: 'toy' }, cohort: { patients: 50 } };
  const inputs = inputsDigest(plain, { modelSha256: sha256(MODEL_TEXT), gemello: '1.2.3' });
  const shared = JSON.stringify({ ...plain, expect: expectationOf(resultOf(plain), inputs) });
  const same = await gemello('run s.json', { 's.json': shared });
  expect(same.err).toContain('reproduced: identical inputs; largest difference 0 (limit 1e-9)');
  const other = await gemello('run s.json --seed 4', { 's.json': shared });
  expect(other.err).toContain('inputs changed');
});

test('--weights puts the targets of a file into the study, in place of its own', async () => {
  const weights = [{ of: 'WT', mean: 80 }];
  const files = { 'like.json': JSON.stringify(weights) };
  const { status, study } = await gemello('run my.model --patients 50 --weights like.json', files);
  expect(status).toBe(0);
  expect(study?.cohort).toEqual({ patients: 50, weights });
});

test.each([
  ['not there', {}, 'no.json', 'there is no such file'],
  ['not JSON', { 'no.json': '{' }, 'no.json', 'not JSON'],
  ['not a list', { 'no.json': '{"of": "WT"}' }, 'no.json', 'not a list of targets'],
  [
    'not a target',
    { 'no.json': '[{"of": "WT", "mean": 1}, {"of": "WT", "maen": 2}]' },
    '[1].maen',
    'did you mean',
  ],
])('a file of weights that is %s is refused by its name', async (_, files, place, message) => {
  const { status, err } = await gemello('run my.model --weights no.json', files);
  expect(status).not.toBe(0);
  expect(err).toContain('--weights no.json');
  expect(err).toContain(place);
  expect(err).toContain(message);
});
