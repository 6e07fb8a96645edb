// No number of a result is left out of its summary, whatever the study asks for.
import { afterAll, describe, expect, test } from 'vitest';
import type { Result } from '../../src/study/result.ts';
import { runStudy } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { summarySheet } from '../../src/study/summary-sheet.ts';
import { closeEngines, engineFor } from '../engine/engines.ts';
import { parquetBytes, readParquet } from './sheets.ts';

afterAll(closeEngines);

const MODEL = `model relapse "Time to a relapse under a drug"
  time d
covariate WT : kg ~ lognormal(median 70, sdlog 0.2)
covariate SEVERE : yes 40 %
random eta ~ normal(cv 30 %)
parameter CL = 5 [L/d] range 0.1 .. 100
uncertain CL ~ lognormal(rse 20 %)
compartment central : mg
flow elimination : central -> at CL * exp(eta) * (WT / 70 [kg]) / 35 [L] * central
output conc = central / 35 [L] in mg/L
hazard relapse = if SEVERE then 0.06 [1/d] / (1 + conc / 5 [mg/L]) else 0.02 [1/d]
therapy weak
  dose 200 [mg] into central every 1 d times 20
therapy strong
  dose 600 [mg] into central every 1 d times 20
endpoint auc = integral(conc, 0 d .. 20 d) in mg*d/L
endpoint relapsed = relapse by 20 d
endpoint onset = time of relapse in d
show until 20 d every 5 d
`;

const run = async (own: Partial<Study>, tables = {}): Promise<Result> => {
  const study = { gemello: 1, model: { text: MODEL }, ...own } as const;
  const ran = await runStudy(study, { engine: await engineFor('webassembly'), tables });
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  return ran.result;
};

/** Every finite number of a result, by its path. What is of the machine, or drawn as bars, is no statistic. */
function numbersOf(value: unknown, path = ''): [string, number][] {
  if (typeof value === 'number') return Number.isFinite(value) ? [[path, value]] : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, own]) =>
    ['elapsed_ms', 'histogram', 'rtol'].includes(key) ? [] : numbersOf(own, `${path}.${key}`),
  );
}

const CASES: readonly (readonly [
  string,
  Partial<Study>,
  Readonly<Record<string, string>>,
  readonly string[],
])[] = [
  [
    'two arms, subgroups, resamples and times to an event',
    {
      cohort: { patients: 60, seed: '4' },
      compare: {
        better: { relapsed: 'lower', auc: 'higher' },
        subgroups: [{ of: 'SEVERE' }, { of: 'WT' }],
        bootstrap: 100,
      },
    },
    {},
    ['differences', 'survival', 'subgroups', 'certificate'],
  ],
  [
    'simulated studies',
    { cohort: { patients: 40, studies: 4 }, arms: [{ name: 'a', therapy: 'weak' }] },
    {},
    ['studies'],
  ],
  [
    'weights and a filter',
    { cohort: { patients: 100, filter: 'WT > 50 [kg]', weights: [{ of: 'WT', mean: 78, sd: 12 }] } },
    {},
    ['weighting', 'funnel', 'differences'],
  ],
  [
    'clouds',
    { cohort: { table: 'people.csv', clouds: 10 } },
    { 'people.csv': 'ID,WT,SEVERE\n=anna,60,yes\nbert,90,no\n' },
    ['clouds'],
  ],
];

describe.each(CASES)('the summary of %s', (_, own, tables, parts) => {
  test('has every number, and the same one', async () => {
    const result = await run(own, tables);
    for (const part of parts) expect(Object.keys(result)).toContain(part);
    const { rows } = await readParquet(await parquetBytes(summarySheet(result)));
    const told = new Set(rows.flatMap(({ time, value, lower, upper }) => [time, value, lower, upper]));
    const numbers = numbersOf(result);
    expect(numbers.length).toBeGreaterThan(100);
    expect(numbers.filter(([, number]) => !told.has(number))).toEqual([]);
    // A row says which number it is: no two of one name.
    const names = rows.map(({ value: _, lower: __, upper: ___, ...name }) =>
      JSON.stringify(Object.values(name)),
    );
    expect(names.filter((name, i) => names.indexOf(name) < i)).toEqual([]);
    for (const { scope, kind, statistic } of rows) expect([scope, kind, statistic]).not.toContain(null);
  });
});
