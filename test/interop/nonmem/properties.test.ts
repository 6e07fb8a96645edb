// What holds for any file, by many random ones of a fixed seed: a spoiled cell never turns into another number unseen,
// writing and reading again changes nothing, and hostile texts are refused fast.
import { performance } from 'node:perf_hooks';
import { describe, expect, test } from 'vitest';
import { readRecords } from '../../../src/interop/nonmem/read.ts';
import type {
  CovariateValue,
  Moment,
  RecordCovariate,
  RecordEvent,
  RecordObservation,
  Records,
  Subject,
} from '../../../src/interop/nonmem/records.ts';
import { withValues, writeRecords } from '../../../src/interop/nonmem/write.ts';
import { unnumbered } from './unnumbered.ts';

/** Mulberry32: a fixed sequence of numbers in [0, 1). */
function sequence(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

function read(text: string): Records {
  const result = readRecords(text);
  if (result.kind === 'refused') throw new Error(`${JSON.stringify(result, null, 1)}\n${text}`);
  return result;
}

const GOOD = [
  'ID,TIME,DV,AMT,RATE,EVID,MDV,CMT,ADDL,II,SS,DVID,CENS,LLOQ,WT,ARM',
  '11,0,.,150,75,1,1,1,3,12,0,.,0,.,71.5,high',
  '11,0.5,5.25,.,.,0,0,2,.,.,.,1,0,0.25,71.5,high',
  '11,13,0.25,.,.,0,0,2,.,.,.,1,1,0.25,71.5,high',
  '11,20,44,.,.,0,0,3,.,.,.,2,0,.,72.25,high',
  '11,48,.,0,.,2,1,.,.,.,.,.,0,.,73,high',
  '11,50,.,80,0,4,1,1,0,0,0,.,0,.,73,high',
  '12,0,.,120,-2,1,1,1,0,24,1,.,0,.,64,low',
  '12,6,7.5,.,.,0,0,2,.,.,.,1,0,0.25,64,low',
  '12,7,.,.,.,0,1,2,.,.,.,1,0,0.25,64,low',
  '12,7.25,3.5,.,.,0,1,2,.,.,.,1,0,0.25,64,low',
  '12,7.75,0.125,.,.,0,0,2,.,.,.,1,1,0.25,64,low',
  '12,8,7.25,.,.,0,0,2,.,.,.,1,0,0.25,64,low',
  '12,9,.,33,.,8,1,2,.,.,.,.,0,.,64,low',
];

const numbersIn = (subjects: readonly Subject[]): Set<number> => {
  const found = new Set<number>();
  JSON.stringify(subjects, (key, value: unknown) => {
    if (typeof value === 'number' && !['row', 'sequence', 'occasion', 'additional'].includes(key))
      found.add(value);
    return value;
  });
  return found;
};

/** All that a run or a comparison uses: a value under MDV 1 is not. */
const counted = (subjects: readonly Subject[]): string =>
  JSON.stringify(
    subjects.map(({ observations, ...subject }) => ({
      ...subject,
      observations: observations.map((each) => (each.mdv ? { ...each, value: null } : each)),
    })),
  );

describe('a spoiled cell', () => {
  const good = read(`${GOOD.join('\n')}\n`);
  const known = numbersIn(good.subjects);
  const SPOILS: readonly ((cell: string, at: number) => string)[] = [
    (cell, at) => `${cell.slice(0, at)}x${cell.slice(at)}`,
    (cell, at) => `${cell.slice(0, at)},${cell.slice(at)}`,
    (cell, at) => `"${cell.slice(0, at)},${cell.slice(at)}"`,
    (cell, at) => `${cell.slice(0, at)}.${cell.slice(at)}`,
    (cell, at) => `${cell.slice(0, at)}"${cell.slice(at)}`,
    (cell, at) => `${cell.slice(0, at)} ${cell.slice(at)}`,
    (cell, at) => `${cell.slice(0, at)}-${cell.slice(at)}`,
    (cell, at) => `${cell.slice(0, at)};${cell.slice(at)}`,
    (cell) => cell.replace('0', 'O').replace('1', 'l'),
    (cell) => `0x${cell}`,
    (cell) => `${cell}e`,
    (cell) => `${cell} mg`,
    (cell) => `<${cell}`,
    () => '',
    () => '.',
    () => 'NA',
    () => 'Infinity',
    () => 'NaN',
    () => '1e400',
    () => '-99',
    () => '\uFFFD',
    () => '\u0661',
    () => '=1+1',
    () => '1/2',
    () => '5:30',
    () => '2024-01-01',
    () => '#',
    () => 'C',
  ];
  const VALID = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

  test('is refused, asked about, of no effect, or explained; no number comes from nowhere', () => {
    const random = sequence(20_240_331);
    const seen = { refused: 0, same: 0, explained: 0, numbers: 0 };
    for (let trial = 0; trial < 6000; trial++) {
      const row = 1 + Math.floor(random() * (GOOD.length - 1));
      const cells = (GOOD[row] ?? '').split(',');
      const column = Math.floor(random() * cells.length);
      const cell = cells[column] ?? '';
      const spoil = SPOILS[Math.floor(random() * SPOILS.length)];
      const spoiled = spoil?.(cell, Math.floor(random() * (cell.length + 1))) ?? '';
      // Another number in a number's place is beyond any reader.
      if (VALID.test(spoiled) && spoiled !== '-99') {
        seen.numbers++;
        continue;
      }
      const lines = GOOD.with(row, cells.with(column, spoiled).join(','));
      const what = `line ${row + 1}: ${GOOD[0]?.split(',')[column]} "${cell}" -> "${spoiled}"`;
      const result = readRecords(`${lines.join('\n')}\n`);
      if (result.kind === 'refused') {
        expect(result.count + result.questions.length, what).toBeGreaterThan(0);
        seen.refused++;
        continue;
      }
      const strange = [...numbersIn(result.subjects)].filter((value) => !known.has(value));
      // `<5.25` says a limit of that size and of nothing else.
      expect(
        strange.filter((value) => `<${value}` !== spoiled.trim()),
        what,
      ).toEqual([]);
      if (counted(result.subjects) === counted(good.subjects)) seen.same++;
      else {
        const tale = (records: Records) =>
          JSON.stringify([
            records.notes,
            records.accounted,
            records.columns.map(({ categories }) => categories),
          ]);
        expect(tale(result), what).not.toBe(tale(good));
        seen.explained++;
      }
    }
    // Every way out occurs, and refusing is the usual one.
    expect(seen.refused).toBeGreaterThan(3000);
    expect(seen.same).toBeGreaterThan(50);
    expect(seen.explained).toBeGreaterThan(50);
    expect(seen.numbers).toBeLessThan(1500);
  });
});

/** Subjects as a reader could give them. */
function randomSubjects(random: () => number): Subject[] {
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random() * choices.length)] as T;
  const amount = () =>
    pick(random() * 1000, Math.round(random() * 500) + 1, 1e-7 * (random() + 0.1), 12345.678);
  const words = pick<readonly string[]>(
    ['a', 'b'],
    ['=SUM(A1)', '@x'],
    ["'=1", '+x'],
    ['x, y', 'say "hi"'],
    ['male', 'female'],
  );
  const byName = random() < 0.3;
  const named = (numbers: readonly number[], names: readonly string[]) =>
    byName ? pick(...names, null) : pick(...numbers, null);
  return Array.from({ length: 1 + Math.floor(random() * 4) }, (_, s): Subject => {
    const events: RecordEvent[] = [];
    const observations: RecordObservation[] = [];
    const moments: Moment[] = [];
    let time = 0;
    let occasion = 0;
    const count = 1 + Math.floor(random() * 12);
    for (let k = 0; k < count; k++) {
      const evid = pick(0, 0, 0, 1, 1, 2, 3, 4, 8) as 0 | 1 | 2 | 3 | 4 | 8;
      time += pick(0, random() * 10, 1);
      if ((evid === 3 || evid === 4) && time > 0 && random() < 0.3) {
        const before = moments.at(-1)?.time ?? 0;
        time = random() * before;
        if (time < before) occasion++;
      }
      const moment: Moment = { row: 0, time, occasion, sequence: k };
      moments.push(moment);
      const compartment = evid === 3 ? null : named([1, 2, 17], ['depot', 'central']);
      if (evid === 0) {
        const absent = random() < 0.2;
        const value = absent ? null : pick(random() * 50, -3.25 * random(), 7);
        const censored =
          random() < 0.2 ? ({ kind: 'below', limit: 60, bound: pick(null, 0) } as const) : null;
        const above = censored === null && value !== null && random() < 0.1;
        observations.push({
          ...moment,
          value,
          mdv: (absent && censored === null && !above) || random() < 0.1,
          dvid: named([1, 2], ['pk', 'pd']),
          compartment,
          censored: above ? { kind: 'above', limit: -9, bound: null } : censored,
        });
      } else {
        const dose = evid === 1 || evid === 4;
        const constant = dose && random() < 0.1;
        const ss = constant ? 1 : dose && random() < 0.3 ? pick(1, 2, 3) : 0;
        events.push({
          ...moment,
          evid,
          amount: constant || evid === 2 || evid === 3 ? 0 : amount(),
          rate: constant ? pick(5, -1) : dose ? pick(0, 0, amount(), -1, -2) : 0,
          compartment,
          ss: ss as 0 | 1 | 2 | 3,
          ii: ss > 0 && !constant ? pick(12, 24.5) : 0,
          additional: 0,
        });
      }
    }
    const covariate = (name: string, value: () => CovariateValue, constant: boolean): RecordCovariate => {
      const first = value();
      if (constant) return { name, baseline: random() < 0.1 ? null : first, course: [] };
      const course = moments.flatMap((moment) => (random() < 0.2 ? [] : [{ ...moment, value: value() }]));
      const distinct = new Set(course.map((point) => point.value));
      if (distinct.size < 2) return { name, baseline: course[0]?.value ?? null, course: [] };
      const [start] = course;
      return { name, baseline: start?.sequence === 0 ? start.value : null, course };
    };
    return {
      id: byName ? pick('=p', 'Q-', "'", 'C') + s : `${s + 1}`,
      row: 0,
      events,
      observations,
      covariates: [
        covariate('WT', () => 40 + random() * 60, true),
        covariate('CRCL, mL', () => Math.round(random() * 120), false),
        covariate('GROUP', () => pick(...words), random() < 0.5),
      ],
    };
  });
}

describe('what is written', () => {
  test('reads back to the same subjects', () => {
    const random = sequence(7);
    for (let trial = 0; trial < 1500; trial++) {
      const subjects = randomSubjects(random);
      const text = writeRecords(subjects);
      expect(unnumbered(read(text).subjects), text).toEqual(unnumbered(subjects));
    }
  });

  test('reads back from a file with additional doses to those doses', () => {
    const { subjects } = read(`${GOOD.join('\n')}\n`);
    expect(unnumbered(read(writeRecords(subjects)).subjects)).toEqual(unnumbered(subjects));
  });

  test('holds no formula, and every line is a line', () => {
    const { subjects } = read('ID,TIME,DV,AMT,ARM\n=x,0,.,1,@cmd\n=x,1,-5,.,+a\n');
    const text = writeRecords(subjects);
    expect(text.split('\r\n').slice(1)).toEqual([
      ".,'=x,0,.,1,0,1,1,.,0,0,'@cmd",
      ".,'=x,1,-5,0,0,0,0,.,0,0,'+a",
      '',
    ]);
  });

  test('may be simulated values in the place of the measured ones', () => {
    const { subjects } = read(`${GOOD.join('\n')}\n`);
    const simulated = withValues(subjects, (s, k) => (k === 1 ? Number.NaN : s * 100 + k));
    const again = read(writeRecords(simulated)).subjects;
    expect(again.map(({ observations }) => observations.map(({ value, mdv }) => [value, mdv]))).toEqual([
      [
        [0, false],
        [null, true],
        [2, false],
      ],
      [
        [100, false],
        [null, true],
        [102, false],
        [103, false],
        [104, false],
      ],
    ]);
  });

  test.each([
    ['no records', { events: [], observations: [] }],
    ['a text over two lines', { id: 'a\nb' }],
    ['a time that is no number', { events: [{ time: Number.NaN }] }],
  ])('cannot have %s', (_what, change) => {
    const [subject] = read('ID,TIME,DV,AMT\n1,0,.,1\n').subjects;
    const events = (change as { events?: readonly object[] }).events?.map((event) => ({
      ...subject?.events[0],
      ...event,
    }));
    const wrong = { ...subject, ...change, ...(events && { events }) } as Subject;
    expect(() => writeRecords([wrong])).toThrow(RangeError);
  });
});

describe('a large or hostile text', () => {
  const seconds = (work: () => unknown): number => {
    const start = performance.now();
    work();
    return (performance.now() - start) / 1000;
  };

  test('of 100,000 lines is read in seconds at most', () => {
    const lines = ['ID,TIME,DV,AMT,RATE,EVID,MDV,CMT,ADDL,II,SS,WT,AGE,SEX'];
    for (let id = 0; id < 5000; id++)
      for (let k = 0; k < 20; k++)
        lines.push(
          k === 0
            ? `${id},0,.,100,50,1,1,1,2,12,0,70.5,40,male`
            : `${id},${k * 1.5},${k + 0.25},.,.,0,0,2,.,.,.,70.5,40,male`,
        );
    const text = lines.join('\n');
    const took = seconds(() => {
      const { subjects, accounted } = read(text);
      expect([subjects.length, accounted.length]).toEqual([5000, 100_001]);
    });
    console.info(`100,000 lines of 14 columns: ${took.toFixed(2)} s`);
    // About a second on an idle machine; the bound allows for a loaded one.
    expect(took).toBeLessThan(8);
  });

  test.each([
    ['one line of 10 MB', `ID,TIME,DV,AMT\n${'1,'.repeat(5_000_000)}`],
    ['10,000 columns', `ID,TIME,DV,AMT${',X'.repeat(10_000)}\n1`],
    ['quotation marks that never close', `ID,TIME,DV,AMT\n${'"1,0,5,.\n'.repeat(200_000)}`],
    ['quotation marks within quotation marks', `ID,TIME,DV,AMT\n1,0,5,${'""'.repeat(40_000)}"\n`],
    ['two million lines', `ID,TIME\n${'1\n'.repeat(2_000_000)}`],
    ['nothing but commas', ','.repeat(90_000)],
    ['digits without end', `ID,TIME,DV,AMT\n1,0,${'1'.repeat(90_000)}x,.\n`],
    ['groups of digits without end', `ID;TIME;DV;AMT\n1;0;${'1,111'.repeat(15_000)}x;.\n`],
    ['additional doses without end', `ID,TIME,DV,AMT,ADDL,II\n${'1,0,.,1,10000,1\n'.repeat(2000)}`],
  ])('is refused fast: %s', (_what, text) => {
    const took = seconds(() => expect(readRecords(text).kind).toBe('refused'));
    expect(took).toBeLessThan(5);
  });

  test('cannot reach an object through the name of a column or a patient', () => {
    const { subjects } = read('ID,TIME,DV,AMT,__proto__,constructor\n__proto__,0,.,1,5,6\n');
    expect(subjects[0]?.id).toBe('__proto__');
    expect(subjects[0]?.covariates.map(({ name, baseline }) => [name, baseline])).toEqual([
      ['__proto__', 5],
      ['constructor', 6],
    ]);
  });
});
