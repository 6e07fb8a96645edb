import { describe, expect, test } from 'vitest';
import { readRecords } from '../../../src/interop/nonmem/read.ts';
import type { ReadOptions, Records, RecordsResult, Subject } from '../../../src/interop/nonmem/records.ts';

function read(text: string, options: ReadOptions = {}): Records {
  const result: RecordsResult = readRecords(text, options);
  if (result.kind === 'refused') throw new Error(JSON.stringify(result, null, 1));
  return result;
}
const only = (text: string, options: ReadOptions = {}): Subject => {
  const { subjects } = read(text, options);
  expect(subjects).toHaveLength(1);
  return subjects[0] as Subject;
};
const dosesOf = ({ events }: Subject) => events.map(({ time, evid, amount }) => [time, evid, amount]);
const valuesOf = ({ observations }: Subject) => observations.map(({ time, value }) => [time, value]);

describe('the text', () => {
  const plain = only('ID,TIME,DV,AMT\n1,0,.,100\n1,0.5,5.25,.\n');

  test.each([
    ['a byte order mark', '\uFEFFID,TIME,DV,AMT\n1,0,.,100\n1,0.5,5.25,.\n'],
    ['CRLF', 'ID,TIME,DV,AMT\r\n1,0,.,100\r\n1,0.5,5.25,.\r\n'],
    ['line ends of several kinds, and none at the end', 'ID,TIME,DV,AMT\r1,0,.,100\r\n1,0.5,5.25,.'],
    ['semicolons', 'ID;TIME;DV;AMT\n1;0;.;100\n1;0.5;5.25;.\n'],
    ['semicolons and decimal commas', 'ID;TIME;DV;AMT\n1;0;.;100\n1;0,5;5,25;.\n'],
    ['tabs', 'ID\tTIME\tDV\tAMT\n1\t0\t.\t100\n1\t0.5\t5.25\t\n'],
    ['bars', 'ID|TIME|DV|AMT\n1|0|.|100\n1|0.5|5.25|.\n'],
    ['spaces', ' ID TIME  DV AMT\n  1 0   . 100\n  1 0.5 5.25 .\n'],
    ['quoted cells, and decimal commas in them', '"ID","TIME","DV","AMT"\n1,0,.,100\n"1","0,5","5,25",.\n'],
    ['exponents, signs and bare points', 'ID,TIME,DV,AMT\n1,0,.,1e2\n1,.5,+52.5E-1,.\n'],
    ['small letters and other order', 'amt,dv,time,id\n100,NA,0,1\n,5.25,0.5,1\n'],
    ['empty columns at the end', 'ID,TIME,DV,AMT,,\n1,0,.,100,,\n1,0.5,5.25,.\n'],
  ])('with %s reads the same', (_what, text) => {
    expect(only(text)).toEqual(plain);
  });

  test('has its comments and blank lines accounted for by line', () => {
    const text =
      '# made by hand\nC,ID,TIME,DV,AMT\n.,1,0,.,100\n\nC,1,0.2,999,.\n#.,1,0.3,9,.\n.,1,0.5,5,.\nC,ID,TIME,DV,AMT\n';
    const { accounted, subjects } = read(text);
    expect(accounted.map(({ row, became }) => `${row} ${became}`)).toEqual([
      '1 comment',
      '2 header',
      '3 dose',
      '4 blank',
      '5 comment',
      '6 comment',
      '7 observation',
      '8 comment',
    ]);
    expect(valuesOf(subjects[0] as Subject)).toEqual([[0.5, 5]]);
  });

  test('has a line whose first cell is C for a comment where IDs are numbers', () => {
    expect(valuesOf(only('ID,TIME,DV,AMT\n1,0,.,100\nC,0.2,9,.\nC comment\n1,1,5,.\n'))).toEqual([[1, 5]]);
  });

  test('may have IDs in words, also ones that begin with a letter', () => {
    const { subjects } = read('ID,TIME,DV,AMT\nA-1,0,.,100\nA-1,1,5,.\nC2,0,.,50\n');
    expect(subjects.map(({ id }) => id)).toEqual(['A-1', 'C2']);
  });

  test('with a column C of numbers has a covariate C', () => {
    const { columns } = read('ID,TIME,DV,AMT,C\n1,0,.,100,3\n');
    expect(columns.at(-1)).toEqual({
      name: 'C',
      role: 'covariate',
      unit: null,
      position: 5,
      categories: null,
    });
  });

  test.each([
    ['commas', { delimiter: ',' }, 'ID,TIME,DV,AMT;x\n1,0,.,1\n'],
    ['grouped thousands', { decimal: ',', thousands: '.' }, 'ID;TIME;DV;AMT\n1;0;.;1.234,5\n1;1;5;.\n'],
    ['missing codes', { missing: ['-99'] }, 'ID,TIME,DV,AMT,WT\n1,0,.,100,-99.0\n1,1,5,.,-99\n'],
    [
      'a column to leave out',
      { columns: { NOTE: 'ignore' } },
      'ID,TIME,DV,AMT,NOTE\n1,0,.,1,12x\n1,1,5,.,3\n',
    ],
  ] as const)('is read as the caller answers: %s', (_what, options, text) => {
    expect(readRecords(text, options).kind).toBe('records');
  });

  test('keeps -99 away from covariates once it means missing', () => {
    const text = 'ID,TIME,DV,AMT,WT\n1,0,.,100,-99.0\n1,1,5,.,-99\n';
    expect(only(text, { missing: ['-99'] }).covariates).toEqual([{ name: 'WT', baseline: null, course: [] }]);
    expect(only(text, { missing: [] }).covariates).toEqual([{ name: 'WT', baseline: -99, course: [] }]);
  });

  test('keeps -99 away from measurements once it means missing', () => {
    const text = 'ID,TIME,DV,AMT\n1,0,.,100\n1,1,-99.00,.\n';
    expect(valuesOf(only(text, { missing: ['-99'] }))).toEqual([[1, null]]);
    expect(valuesOf(only(text, { missing: [] }))).toEqual([[1, -99]]);
  });

  test('keeps units of headings as text', () => {
    const { columns } = read('ID,TIME [h],DV (mg/L),AMT,WT [kg]\n1,0,.,100,70\n');
    expect(columns.map(({ name, role, unit }) => [name, role, unit])).toEqual([
      ['ID', 'id', null],
      ['TIME', 'time', 'h'],
      ['DV', 'dv', 'mg/L'],
      ['AMT', 'amt', null],
      ['WT', 'covariate', 'kg'],
    ]);
  });
});

describe('times', () => {
  test('of day count from the first record of each patient, in hours', () => {
    const { subjects, timeUnit } = read(
      'ID,DATE,TIME,DV,AMT\n1,2024-02-28,22:30,.,100\n1,2024-02-29,1:00,5,.\n1,2024-03-01,22:30,3,.\n2,2024-01-01,0:10,.,100\n2,2024-01-01,0:40,2,.\n',
    );
    expect(timeUnit).toBe('h');
    expect(subjects.map(valuesOf)).toEqual([
      [
        [2.5, 5],
        [48, 3],
      ],
      [[0.5, 2]],
    ]);
  });

  test('in ISO 8601 are read with their zones, in the unit asked for', () => {
    const text = 'ID,TIME,DV,AMT\n1,2024-03-30T23:00+01:00,.,100\n1,2024-03-31 22:00:00Z,5,.\n';
    expect(valuesOf(only(text))).toEqual([[24, 5]]);
    expect(valuesOf(only(text, { timeUnit: 'd' }))).toEqual([[1, 5]]);
    expect(valuesOf(only(text, { timeUnit: 'min' }))).toEqual([[1440, 5]]);
  });

  test.each([
    ['a day above 12 decides', 'DATE', '29/02/2024', '01/03/2024', {}],
    ['by the name DAT1', 'DAT1', '03/04/2024', '04/04/2024', {}],
    ['by the name DAT2', 'DAT2', '2024/04/03', '2024/04/04', {}],
    ['by the name DAT3', 'DAT3', '2024/03/04', '2024/04/04', {}],
    ['as answered, with short years', 'DATE', '12/31/99', '01/01/00', { dateFormat: 'mdy' }],
  ] as const)('with dates: %s', (_what, name, first, next, options) => {
    const text = `ID,${name},TIME,DV,AMT\n1,${first},8:00,.,100\n1,${next},8:00,5,.\n`;
    expect(valuesOf(only(text, options))).toEqual([[24, 5]]);
  });

  test('in hours of numbered days are read as answered', () => {
    const text = 'ID,DATE,TIME,DV,AMT\n1,3,8,.,100\n1,4,9,5,.\n';
    expect(valuesOf(only(text, { dateFormat: 'day number' }))).toEqual([[25, 5]]);
    expect(valuesOf(only(text, { dateFormat: 'ignore' }))).toEqual([[9, 5]]);
  });

  test('have no unit but the one the caller says', () => {
    const text = 'ID,TIME,DV,AMT\n1,0,.,100\n';
    expect(read(text).timeUnit).toBeNull();
    expect(read(text, { timeUnit: 'd' }).timeUnit).toBe('d');
  });
});

describe('doses', () => {
  test('are told by AMT where there is no EVID', () => {
    const subject = only('ID,TIME,DV,AMT\n1,0,.,100\n1,1,5,0\n1,2,4,.\n');
    expect(dosesOf(subject)).toEqual([[0, 1, 100]]);
    expect(valuesOf(subject)).toEqual([
      [1, 5],
      [2, 4],
    ]);
  });

  test('are expanded from ADDL and II, before the lines of their time, and keep their line', () => {
    const subject = only('ID,TIME,DV,AMT,ADDL,II\n1,0,.,100,3,12\n1,12,5,.,.,.\n1,24.5,4,.,.,.\n');
    expect(subject.events.map(({ time, row, additional }) => [time, row, additional])).toEqual([
      [0, 2, 0],
      [12, 2, 1],
      [24, 2, 2],
      [36, 2, 3],
    ]);
    expect(subject.events.map(({ sequence }) => sequence)).toEqual([0, 1, 3, 5]);
    expect(subject.observations.map(({ sequence }) => sequence)).toEqual([2, 4]);
    expect(subject.events.every(({ ii, ss }) => ii === 0 && ss === 0)).toBe(true);
  });

  test('of two overlapping regimens come in the order of time', () => {
    const subject = only('ID,TIME,DV,AMT,ADDL,II\n1,0,.,100,3,10\n1,5,.,7,2,10\n1,15,.,8,0,0\n');
    expect(dosesOf(subject).map(([time, , amount]) => [time, amount])).toEqual([
      [0, 100],
      [5, 7],
      [10, 100],
      [15, 7],
      [15, 8],
      [20, 100],
      [25, 7],
      [30, 100],
    ]);
  });

  test('still to come are cancelled by a reset, and accounted for', () => {
    const result = read(
      'ID,TIME,DV,AMT,EVID,ADDL,II\n1,0,.,100,1,5,12\n1,24,.,0,3,0,0\n1,30,.,50,4,1,12\n1,60,5,.,0,.,.\n',
    );
    const [subject] = result.subjects;
    expect(dosesOf(subject as Subject)).toEqual([
      [0, 1, 100],
      [12, 1, 100],
      [24, 3, 0],
      [30, 4, 50],
      [42, 1, 50],
    ]);
    expect(result.accounted[1]).toMatchObject({ row: 2, became: 'dose', doses: 2, cancelled: 4 });
    expect(result.accounted.map(({ became }) => became)).toEqual([
      'header',
      'dose',
      'reset',
      'reset and dose',
      'observation',
    ]);
  });

  test('may start a new clock with EVID 3 or 4', () => {
    const subject = only(
      'ID,TIME,DV,AMT,EVID,ADDL,II\n1,0,.,100,1,5,12\n1,30,6,.,0,.,.\n1,0,.,50,4,0,0\n1,2,5,.,0,.,.\n',
    );
    expect(subject.events.map(({ time, occasion }) => [time, occasion])).toEqual([
      [0, 0],
      [12, 0],
      [24, 0],
      [0, 1],
    ]);
    expect(subject.observations.map(({ time, occasion }) => [time, occasion])).toEqual([
      [30, 0],
      [2, 1],
    ]);
  });

  test('at steady state keep SS and II; the doses that follow do not', () => {
    const subject = only('ID,TIME,DV,AMT,RATE,SS,II,ADDL\n1,0,.,100,50,1,12,1\n1,20,.,100,-2,2,24,0\n');
    expect(subject.events.map(({ time, rate, ss, ii }) => [time, rate, ss, ii])).toEqual([
      [0, 50, 1, 12],
      [12, 50, 0, 0],
      [20, -2, 2, 24],
    ]);
  });

  test('may be a constant infusion at steady state', () => {
    const subject = only('ID,TIME,DV,AMT,RATE,EVID,SS\n1,0,.,0,10,1,1\n1,1,5,.,.,0,.\n');
    expect(subject.events[0]).toMatchObject({ amount: 0, rate: 10, ss: 1, ii: 0 });
  });

  test('by duration become infusions at amount / duration', () => {
    expect(only('ID,TIME,DV,AMT,DUR\n1,0,.,100,4\n1,1,5,.,.\n').events[0]).toMatchObject({ rate: 25 });
  });

  test('go into compartments by number, by name, or by default', () => {
    const compartments = (text: string) => only(text).events.map(({ compartment }) => compartment);
    expect(compartments('ID,TIME,DV,AMT,CMT\n1,0,.,1,2\n1,1,.,1,0\n1,2,.,1,.\n')).toEqual([2, null, null]);
    expect(compartments('ID,TIME,DV,AMT,CMT\n1,0,.,1,depot\n1,1,.,1,.\n')).toEqual(['depot', null]);
  });

  test('replace an amount with EVID 8, and nothing with EVID 2', () => {
    const subject = only('ID,TIME,DV,AMT,EVID,CMT\n1,0,.,7,8,2\n1,1,.,0,2,0\n');
    expect(subject.events.map(({ evid, amount, compartment }) => [evid, amount, compartment])).toEqual([
      [8, 7, 2],
      [2, 0, null],
    ]);
  });

  test('of an infusion in two lines keep a covariate that changes at its end', () => {
    const result = read('ID,TIME,DV,AMT,EVID,WT\n1,0,.,50,10201,70\n1,2,.,-50,10201,71\n1,3,5,0,0,71\n');
    const [subject] = result.subjects;
    expect(subject?.events.map(({ evid, amount, compartment }) => [evid, amount, compartment])).toEqual([
      [1, 100, 2],
      [2, 0, 2],
    ]);
    expect(subject?.covariates[0]?.course.map(({ time, value }) => [time, value])).toEqual([
      [0, 70],
      [2, 71],
      [3, 71],
    ]);
    expect(result.accounted[2]).toMatchObject({ became: 'infusion end', changes: ['WT'] });
  });
});

describe('measurements', () => {
  test('that are missing or marked by MDV do not count', () => {
    const { observations } = only(
      'ID,TIME,DV,AMT,MDV\n1,0,.,1,1\n1,1,.,.,1\n1,2,3.5,.,1\n1,3,4,.,0\n1,4,.,.,.\n',
    );
    expect(observations.map(({ value, mdv }) => [value, mdv])).toEqual([
      [null, true],
      [3.5, true],
      [4, false],
      [null, true],
    ]);
  });

  test.each([
    ['CENS with the limit in DV', 'CENS', '0.1,.,1', { kind: 'below', limit: 0.1, bound: null }, 0.1],
    [
      'CENS with the other end of the interval',
      'CENS,LIMIT',
      '0.1,.,1,0',
      { kind: 'below', limit: 0.1, bound: 0 },
      0.1,
    ],
    ['CENS above', 'CENS,ULOQ', '50,.,-1,50', { kind: 'above', limit: 50, bound: null }, 50],
    ['BLQ with LLOQ', 'BLQ,LLOQ', '0,.,1,0.1', { kind: 'below', limit: 0.1, bound: null }, 0],
    ['BLQ with LLOQ and no value', 'BLQ,LLOQ', '.,.,1,0.1', { kind: 'below', limit: 0.1, bound: null }, null],
    ['DV as a limit', 'CMT', '<0.1,.,1', { kind: 'below', limit: 0.1, bound: null }, null],
    ['DV as an upper limit', 'CMT', '> 9,.,1', { kind: 'above', limit: 9, bound: null }, null],
    ['DV in a word, with LLOQ', 'LLOQ', 'BLQ,.,0.1', { kind: 'below', limit: 0.1, bound: null }, null],
  ] as const)('are censored: %s', (_what, names, cells, censored, value) => {
    const { observations } = only(`ID,TIME,DV,AMT,${names}\n1,1,${cells}\n`);
    expect(observations).toEqual([expect.objectContaining({ value, mdv: false, censored })]);
  });

  test('are censored by the limit that the caller gives', () => {
    const { observations } = only('ID,TIME,DV,AMT,BLQ\n1,1,0,.,1\n1,2,5,.,0\n', { lloq: 0.2 });
    expect(observations.map(({ censored }) => censored?.limit ?? null)).toEqual([0.2, null]);
  });

  test('carry their kind by number or by name', () => {
    const { observations } = only('ID,TIME,DV,AMT,YTYPE\n1,1,1,.,pk\n1,1,2,.,pd\n');
    expect(observations.map(({ dvid }) => dvid)).toEqual(['pk', 'pd']);
  });
});

describe('covariates', () => {
  test('that stay have a baseline, those that vary a course, missing cells are no points', () => {
    const text =
      'ID,TIME,DV,AMT,WT,CRCL,ARM\n1,0,.,1,70,.,a\n1,1,5,.,.,90,a\n1,2,4,.,70,80,a\n2,0,.,1,60,95,b\n2,3,1,.,60,95,b\n';
    const { subjects, accounted, columns } = read(text);
    expect(subjects[0]?.covariates).toEqual([
      { name: 'WT', baseline: 70, course: [] },
      {
        name: 'CRCL',
        baseline: null,
        course: [
          { row: 3, time: 1, occasion: 0, sequence: 1, value: 90 },
          { row: 4, time: 2, occasion: 0, sequence: 2, value: 80 },
        ],
      },
      { name: 'ARM', baseline: 'a', course: [] },
    ]);
    expect(subjects[1]?.covariates.map(({ baseline }) => baseline)).toEqual([60, 95, 'b']);
    expect(accounted.map(({ changes }) => changes)).toEqual([[], [], [], ['CRCL'], [], []]);
    expect(columns.at(-1)?.categories).toEqual(['a', 'b']);
  });

  test('for the sex in numbers stay numbers and are asked about; with a coding they are words', () => {
    const text = 'ID,TIME,DV,AMT,SEX\n1,0,.,1,1\n2,0,.,1,0\n';
    const result = read(text);
    expect(result.questions.map(({ option }) => option)).toEqual(['sexCoding']);
    expect(result.questions[0]?.answers.map(({ options }) => options)).toEqual([
      { sexCoding: { male: '0', female: '1' } },
      { sexCoding: { male: '1', female: '0' } },
    ]);
    const coded = read(text, { sexCoding: { male: '1', female: '0' } });
    expect(coded.subjects.map(({ covariates }) => covariates[0]?.baseline)).toEqual(['male', 'female']);
    expect(coded.questions).toEqual([]);
    expect(readRecords(text, { sexCoding: { male: '1', female: '2' } })).toMatchObject({ count: 1 });
  });
});

describe('patients', () => {
  const returning = 'ID,TIME,DV,AMT\n1,0,.,1\n2,0,.,1\n1,5,3,.\n';
  test('that come back are continued or new, as answered', () => {
    expect(read(returning, { returningId: 'join' }).subjects.map(({ id }) => id)).toEqual(['1', '2']);
    expect(read(returning, { returningId: 'individual' }).subjects.map(({ id }) => id)).toEqual([
      '1',
      '2',
      '1#2',
    ]);
  });

  test('whose clock goes back have a reset or are new, as answered', () => {
    const text = 'ID,TIME,DV,AMT\n1,0,.,100\n1,24,3,.\n1,0,.,50\n1,2,4,.\n1,1,9,.\n';
    expect(dosesOf(only(text, { timeGoesBack: 'reset' }))).toEqual([
      [0, 1, 100],
      [0, 4, 50],
      [1, 3, 0],
    ]);
    const { subjects } = read(text, { timeGoesBack: 'individual' });
    expect(subjects.map(({ id }) => id)).toEqual(['1', '1#2', '1#3']);
  });
});

describe('all problems come at once', () => {
  test('in the order of the file, the first 200 with their number', () => {
    const lines = Array.from({ length: 500 }, (_, k) => `1,${k},x${k},.`);
    const result = readRecords(`ID,TIME,DV,AMT\n1,0,1,.\n${lines.join('\n')}\n${'1,600,2,.\n'.repeat(600)}`);
    if (result.kind !== 'refused') throw new Error('read');
    expect(result.count).toBe(500);
    expect(result.problems).toHaveLength(200);
    expect(result.problems.map(({ row }) => row)).toEqual(Array.from({ length: 200 }, (_, k) => k + 3));
  });

  test('also of several columns', () => {
    const result = readRecords('ID,TIME,DV,AMT,WT\n.,0,.,1x,70\n1,abc,5,.,70\n1,2,4,.,7o\n');
    if (result.kind !== 'refused') throw new Error('read');
    expect(result.problems.map(({ row, column }) => `${row} ${column}`)).toEqual([
      '2 AMT',
      '2 ID',
      '3 TIME',
      '4 WT',
    ]);
  });
});
