// Files that must not be read as they are, each with what must be said of it: a problem on a line and column, or a
// question and the option that answers it. Every file in bad/ has its verdict here.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readRecords } from '../../../src/interop/nonmem/read.ts';

const BAD = new URL('bad/', import.meta.url);

/** File, what must come, its line, its column (or the question's option), words of the message. */
const VERDICTS: readonly (readonly [string, 'problem' | 'question', number, string, string])[] = [
  ['empty', 'problem', 1, '', 'the file is empty'],
  ['header-only', 'problem', 1, '', 'no records'],
  ['workbook', 'problem', 1, '', 'workbook'],
  ['zero-bytes', 'problem', 3, '', 'zero byte'],
  ['no-id', 'problem', 1, 'ID', 'no column ID'],
  ['no-time', 'problem', 1, 'TIME', 'no column TIME'],
  ['no-dv-no-amt', 'problem', 1, 'DV', 'nothing is measured or given'],
  ['column-twice', 'problem', 1, 'dv', 'appears twice'],
  ['column-unnamed', 'problem', 1, '', 'no name'],
  ['too-few-cells', 'problem', 3, '', '6 cells'],
  ['too-many-cells', 'problem', 3, '', '13 cells'],
  ['decimal-comma-in-commas', 'problem', 3, '', '5 cells'],
  ['quote-open', 'problem', 3, '', 'not closed'],
  ['table-title', 'problem', 1, '', 'NONMEM wrote'],
  ['delimiter-two', 'question', 1, 'delimiter', 'semicolons'],
  ['decimal-mixed', 'question', 3, 'decimal', 'decimal mark'],
  ['decimal-groups', 'question', 2, 'decimal', 'decimal mark'],
  ['decimal-both-marks', 'question', 2, 'decimal', 'decimal mark'],
  ['two-id-synonyms', 'question', 1, 'columns', 'may both be ID'],
  ['letter-line', 'question', 4, 'comments', 'begins with a letter'],
  ['c-column-odd', 'problem', 4, 'C', 'C is "X"'],
  ['minus-99', 'question', 2, 'missing', 'mean missing'],
  ['letters-after-number', 'problem', 3, 'DV', 'not a number'],
  ['letter-o', 'problem', 2, 'AMT', 'not a number'],
  ['hexadecimal', 'problem', 2, 'AMT', 'not a number'],
  ['infinity', 'problem', 3, 'DV', 'not a number'],
  ['nan', 'problem', 3, 'DV', 'not a number'],
  ['too-large', 'problem', 2, 'AMT', 'too large'],
  ['two-points', 'problem', 3, 'TIME', 'not a number'],
  ['typographic-minus', 'problem', 2, 'RATE', 'not a number'],
  ['inner-space', 'problem', 2, 'AMT', 'not a number'],
  ['word-among-weights', 'problem', 3, 'WT', 'not a number'],
  ['limit-as-weight', 'problem', 3, 'WT', 'is a limit'],
  ['words-two-spellings', 'problem', 4, 'ARM', 'differ only'],
  ['id-missing', 'problem', 3, 'ID', 'ID is missing'],
  ['id-two-spellings', 'problem', 4, 'ID', 'same number'],
  ['id-comes-back', 'question', 5, 'returningId', 'comes back'],
  ['time-missing', 'problem', 3, 'TIME', 'time is missing'],
  ['time-negative', 'problem', 2, 'TIME', 'negative'],
  ['time-goes-back', 'question', 4, 'timeGoesBack', 'goes back from 4'],
  ['clock-goes-back', 'problem', 3, 'TIME', 'clock goes back'],
  ['clock-wrong', 'problem', 3, 'TIME', 'time of day'],
  ['number-among-clocks', 'problem', 4, 'TIME', 'time of day'],
  ['date-impossible', 'problem', 3, 'DATE', 'not a date'],
  ['date-two-orders', 'question', 2, 'dateFormat', 'which number is the day'],
  ['date-short-year', 'question', 2, 'dateFormat', 'which number is the day'],
  ['date-with-hours', 'question', 2, 'dateFormat', 'within the day'],
  ['zone-on-some', 'problem', 3, 'TIME', 'zone'],
  ['evid-unknown', 'problem', 2, 'EVID', 'EVID is 5'],
  ['evid-fraction', 'problem', 2, 'EVID', 'EVID is 1.5'],
  ['evid-missing-on-dose', 'problem', 2, 'EVID', 'missing on a line with an AMT'],
  ['evid-two-codings', 'problem', 2, 'EVID', 'beside EVID 101'],
  ['classic-compartment', 'problem', 2, 'CMT', 'doses compartment 2'],
  ['classic-never-stopped', 'problem', 2, 'AMT', 'never stopped'],
  ['classic-never-started', 'problem', 3, 'AMT', 'no infusion with the rate 40'],
  ['observation-with-amount', 'problem', 3, 'AMT', 'EVID 0 is no dose'],
  ['observation-with-rate', 'problem', 3, 'RATE', 'EVID 0 is no dose'],
  ['reset-with-amount', 'problem', 3, 'AMT', 'EVID 3 is no dose'],
  ['other-with-additional', 'problem', 3, 'ADDL', 'EVID 2 is no dose'],
  ['dose-without-amount', 'problem', 2, 'AMT', 'no amount'],
  ['dose-amount-missing', 'problem', 2, 'AMT', 'AMT is missing'],
  ['amount-negative', 'problem', 2, 'AMT', 'negative'],
  ['amount-negative-without-evid', 'problem', 2, 'AMT', 'EVID 0 is no dose'],
  ['rate-minus-3', 'problem', 2, 'RATE', 'negative'],
  ['rate-against-duration', 'problem', 2, 'DUR', 'RATE 50 over 1'],
  ['replace-amount-missing', 'problem', 3, 'AMT', 'AMT is missing'],
  ['letters-not-decoded', 'problem', 3, '', 'not decoded'],
  ['duration-negative', 'problem', 2, 'DUR', 'negative'],
  ['modelled-rate-with-duration', 'problem', 2, 'DUR', 'leaves it to the model'],
  ['addl-negative', 'problem', 2, 'ADDL', 'ADDL is -1'],
  ['addl-fraction', 'problem', 2, 'ADDL', 'ADDL is 1.5'],
  ['addl-without-interval', 'problem', 2, 'II', 'no interval'],
  ['addl-huge', 'problem', 2, 'ADDL', 'ADDL is 1000000000'],
  ['interval-negative', 'problem', 2, 'II', 'negative'],
  ['interval-alone', 'problem', 2, 'II', 'not repeated'],
  ['ss-4', 'problem', 2, 'SS', 'SS is 4'],
  ['ss-without-interval', 'problem', 2, 'II', 'no interval'],
  ['constant-infusion-with-interval', 'problem', 2, 'II', 'constant infusion'],
  ['constant-infusion-repeated', 'problem', 2, 'ADDL', 'no additional doses'],
  ['replace-with-rate', 'problem', 2, 'RATE', 'EVID 8'],
  ['compartment-off', 'problem', 3, 'CMT', 'turns a compartment off'],
  ['compartment-negative', 'problem', 2, 'CMT', 'negative'],
  ['compartment-fraction', 'problem', 2, 'CMT', 'not a whole number'],
  ['compartment-name-and-number', 'problem', 2, 'CMT', 'not a number'],
  ['unsupported-pcmt', 'problem', 2, 'PCMT', 'not supported'],
  ['mdv-2', 'problem', 3, 'MDV', 'MDV is 2'],
  ['mdv-0-without-value', 'problem', 3, 'DV', 'MDV is 0'],
  ['mdv-0-on-dose', 'problem', 2, 'DV', 'no observation'],
  ['cens-2', 'problem', 3, 'CENS', 'CENS is 2'],
  ['cens-over-limit', 'problem', 3, 'DV', 'marked as below'],
  ['cens-unmarked', 'problem', 3, 'DV', 'under the limit'],
  ['cens-interval-wrong', 'problem', 3, 'LIMIT', 'wrong side'],
  ['cens-above-without-limit', 'problem', 3, 'DV', 'lies above'],
  ['blq-without-limit', 'question', 3, 'lloq', 'what is it'],
  ['below-limit-unmarked', 'question', 3, 'belowLimit', 'was it measured'],
];

const refusalOf = (file: string) => {
  const result = readRecords(readFileSync(new URL(`${file}.csv`, BAD), 'utf8'));
  if (result.kind !== 'refused') throw new Error(`${file} was read`);
  return result;
};

describe('a bad file is refused with its line and column, or asked about', () => {
  test.each(VERDICTS)('%s: a %s on line %i, %s', (file, kind, row, where, words) => {
    const { problems, questions, count } = refusalOf(file);
    expect(count).toBe(problems.length);
    if (kind === 'problem') {
      expect(problems).toContainEqual(
        expect.objectContaining({ row, column: where, message: expect.stringContaining(words) }),
      );
      for (const problem of problems) expect(problem.remedy).not.toBe('');
    } else {
      expect(questions.map(({ option }) => option)).toEqual([where]);
      expect(problems).toEqual([]);
      expect(questions[0]?.row).toBe(row);
      expect(questions[0]?.message).toContain(words);
    }
  });

  test('every file has a verdict, and there are at least 60', () => {
    const files = readdirSync(BAD).map((file) => file.replace(/\.csv$/, ''));
    expect(files.toSorted()).toEqual(VERDICTS.map(([file]) => file).toSorted());
    expect(files.length).toBeGreaterThanOrEqual(60);
  });
});

describe('a question', () => {
  const asking = VERDICTS.filter(([file, kind]) => kind === 'question' && file !== 'blq-without-limit');
  test.each(asking)('%s: is settled by each of its answers', (file, _kind, _row, where) => {
    const { questions } = refusalOf(file);
    const answers = questions[0]?.answers ?? [];
    expect(answers.length).toBeGreaterThan(1);
    for (const { options } of answers) {
      const again = readRecords(readFileSync(new URL(`${file}.csv`, BAD), 'utf8'), options);
      const asked = again.questions.map(({ option }) => option);
      expect(asked, JSON.stringify(options)).not.toContain(where);
    }
  });
});
