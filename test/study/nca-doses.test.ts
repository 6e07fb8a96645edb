// What a non-compartmental analysis takes for the dose, its time and its route: as prescribed, whatever bioavailability and
// lag make of it; units of clearance and volume; and what is refused, with the remedy.
import { afterAll, describe, expect, it } from 'vitest';
import { openNca } from '../../src/study/nca.ts';
import { closeEngines, engineFor } from '../engine/engines.ts';
import { expectClose } from '../statistics/numbers.ts';
import { ncaOf, oneCompartment, refusalOf, studyOf, trueValues } from './nca-cohorts.ts';

afterAll(closeEngines);

const N = 10;
const GUT = 'bioavailability FA * exp(eta_f) / (1 + exp(eta_f)) lag 0.5 h';
const MORE = (therapy: string) => `parameter FA = 1.4
random eta_f ~ normal(sd 0.5)
own_share = FA * exp(eta_f) / (1 + exp(eta_f))
therapy t
${therapy}
show until 96 h every 0.25 h`;
const oral = (therapy: string) => oneCompartment(MORE(therapy), 'central / V in mg/L', GUT);

describe('the dose', () => {
  // Plain doses are known before the run, dynamic ones stand in the ledger: both after bioavailability and lag.
  it.each([
    ['a plain line', '  dose 100 [mg] into gut'],
    ['a line decided when it is due', '  dose 100 [mg] into gut while conc < 50 [mg/L]'],
    ['an action', '  rule visit at 0 h\n    if conc < 50 [mg/L] : dose 100 [mg] into gut'],
  ])('of %s is what was prescribed, though each patient absorbs an own share of it', async (_, therapy) => {
    const text = oral(therapy);
    const found = await ncaOf(studyOf(text, N));
    const share = trueValues(text, 'own_share', N);
    const cl = trueValues(text, 'CL', N);
    expect(found.rows.map(({ dose, route }) => `${Number(dose?.toFixed(9))} ${route}`)).toEqual(
      Array(N).fill('100 extravascular'),
    );
    // CL/F: trapezoids 0.25 h wide.
    expectClose(
      found.values('CL/F'),
      cl.map((x, i) => x / (share[i] ?? 0)),
      2e-3,
    );
    // The lag is part of the curve: nothing is there at 0.5 h still.
    expect(found.values('Tmax').every((t) => (t ?? 0) > 0.75)).toBe(true);
  });

  it('of patients who miss it is none: no clearance, and they are counted', async () => {
    const text = oneCompartment(`therapy t
  dose 100 [mg] into central every 12 h taken 50 %
show until 36 h every 1 h`);
    const { rows, report, values } = await ncaOf(studyOf(text, 40), { from: 12, tau: 12 });
    const missed = rows.map(({ dose }) => dose === null);
    const count = missed.filter(Boolean).length;
    expect(count).toBeGreaterThan(8);
    expect(count).toBeLessThan(32);
    expect(values('CL').map((x) => x === null)).toEqual(missed);
    expect(rows.map(({ flags }) => flags.includes('no-dose'))).toEqual(missed);
    const cl = report.arms[0]?.parameters.find(({ name }) => name === 'CL');
    expect([cl?.n, cl?.missing]).toEqual([40 - count, { 'no-dose': count }]);
  });

  it('that is told takes the place of the one given', async () => {
    const text = oral('  dose 100 [mg] into gut');
    const [told, given] = [await ncaOf(studyOf(text, 3), { dose: '0.05 g' }), await ncaOf(studyOf(text, 3))];
    expectClose(
      told.values('CL/F'),
      given.values('CL/F').map((x) => (x ?? 0) / 2),
      1e-12,
    );
  });

  it('over a tau with two doses is their sum, and there is no terminal phase', async () => {
    const text = oneCompartment(`therapy t
  dose 100 [mg] into central every 6 h
show until 400 h every 1 h`);
    const found = await ncaOf(studyOf(text, N), { from: 372, tau: 12 });
    expect(found.rows.every(({ dose, flags }) => dose === 200 && flags.join() === 'doses-inside')).toBe(true);
    // The jump in the middle is sampled on both sides.
    expectClose(found.values('CL'), trueValues(text, 'CL', N), 1e-6);
    expect(found.values('half-life')).toEqual(Array(N).fill(null));
    const missing = found.report.arms[0]?.parameters.find(({ name }) => name === 'half-life')?.missing;
    expect(missing).toEqual({ 'doses-inside': N });
  });

  it('is told to differ from the first, where the accumulation would compare a loading dose', async () => {
    const text = oneCompartment(`therapy t
  dose 300 [mg] into central
  dose 100 [mg] into central from 12 h every 12 h
show until 240 h every 1 h`);
    const found = await ncaOf(studyOf(text, N), { from: 216, tau: 12 });
    expect(found.report.arms[0]?.flags['first-dose-differs']).toBe(N);
    expect(found.rows[0]?.dose).toBe(100);
  });

  it('of another drug neither counts nor ends the curve', async () => {
    const text = oneCompartment(`compartment other : mg
flow gone : other -> at 1 [1/h] * other
therapy t
  dose 100 [mg] into central
  dose 7 [mg] into other every 3 h
show until 96 h every 2 h`);
    const found = await ncaOf(studyOf(text, N));
    expect(found.rows.every(({ dose }) => dose === 100)).toBe(true);
    expectClose(found.values('CL'), trueValues(text, 'CL', N), 1e-7);
  });

  it('at steady state from its first line on counts as one interval of many', async () => {
    const text = oneCompartment(`therapy t
  dose 100 [mg] into central every 12 h at steady state
show until 24 h every 1 h`);
    const found = await ncaOf(studyOf(text, N), { tau: 12 });
    expectClose(found.values('CL'), trueValues(text, 'CL', N), 1e-6);
    expect(found.report.arms[0]?.flags['no-first-interval']).toBe(N);
    expect(found.values('accumulation AUCtau')).toEqual(Array(N).fill(null));
  });

  it('at steady state has no Vss because there is none, not because the samples end before the interval', async () => {
    const text = oneCompartment(`therapy t
  dose 100 [mg] into central every 12 h at steady state
show until 24 h every 1 h`);
    const { report, values } = await ncaOf(studyOf(text, N), { tau: 12, times: [0, 2, 4, 8] });
    const lacking = (parameter: string) =>
      report.arms[0]?.parameters.find(({ name }) => name === parameter)?.missing;
    expect(report.arms[0]?.flags['tau-beyond-last']).toBe(N);
    expectClose(values('CL'), trueValues(text, 'CL', N), 1e-6);
    expect(lacking('CL')).toEqual({});
    expect(lacking('Vss')).toEqual({ 'not-defined': N });
  });

  it('of a dosing file is that of each subject, by its own id', async () => {
    const text = oneCompartment('show until 48 h every 1 h');
    const csv = 'ID,TIME,AMT,RATE,CMT\nA,0,100,0,2\nA,48,1,0,2\nB,0,40,20,2\nB,12,40,20,2\n';
    const study = {
      ...studyOf(text, 2),
      cohort: { seed: '7', data: { file: 'f.csv', compartments: { 2: 'central' } } },
    };
    const found = await ncaOf(study, {}, 'webassembly', { 'f.csv': csv });
    expect(found.rows.map(({ id, arm, dose, route }) => [id, arm, dose, route])).toEqual([
      ['A', 'data', 100, 'bolus'],
      ['B', 'data', 40, 'infusion'],
    ]);
    // B's curve ends at the own second dose.
    expect(found.values('Tlast')).toEqual([48, 12]);
    expectClose(found.values('CL'), trueValues(text, 'CL', 2), 2e-3);
  });
});

it('tells apart what goes into the blood and what is absorbed, or does as it is told', async () => {
  const text = oneCompartment(`therapy iv
  dose 100 [mg] into central over 1 h
therapy oral
  dose 100 [mg] into gut
show until 72 h every 0.5 h`);
  const both = await ncaOf(studyOf(text, 2));
  expect(both.rows.map(({ arm, route }) => `${arm} ${route}`)).toEqual([
    'iv infusion',
    'oral extravascular',
    'iv infusion',
    'oral extravascular',
  ]);
  // A name for each way; what is not a patient's own way is neither given nor counted as lacking.
  expect(both.values('CL', 'oral').concat(both.values('CL/F', 'iv'))).toEqual([null, null, null, null]);
  const [iv] = both.report.arms;
  const absorbed = iv?.parameters.find(({ name }) => name === 'CL/F');
  expect([absorbed?.n, absorbed?.missing]).toEqual([0, {}]);
  expect(iv?.parameters.find(({ name }) => name === 'CL')?.n).toBe(2);
  const told = await ncaOf(studyOf(text, 1), { route: 'extravascular' });
  expect(told.rows.map(({ route }) => route)).toEqual(['extravascular', 'extravascular']);
  expect(told.report.parameters.map(({ name }) => name)).not.toContain('CL');
});

describe('units', () => {
  const volumes = (conc: string, dose = 'mg') =>
    oneCompartment(
      `therapy t
  dose 100 [${dose}] into central
show until 72 h every 2 h`,
      conc,
    );
  it('of clearance are litres, whatever the mass of the concentration', async () => {
    const plain = await ncaOf(studyOf(volumes('central / V in mg/L'), 2));
    for (const unit of ['ug/mL', 'ng/mL', 'g/L']) {
      const found = await ncaOf(studyOf(volumes(`central / V in ${unit}`), 2));
      const unitOf = (name: string) => found.report.parameters.find((one) => one.name === name)?.unit;
      expect(['CL', 'Vz', 'AUCinf', 'lambda_z', 'MRT'].map(unitOf)).toEqual([
        'L/h',
        'L',
        `${unit.split('/')[0]}*h/${unit.split('/')[1]}`,
        '1/h',
        'h',
      ]);
      expectClose(found.values('CL'), plain.values('CL'), 1e-6);
    }
    const millilitres = await ncaOf(studyOf(volumes('central / V in mg/mL'), 2));
    expect(millilitres.report.parameters.find(({ name }) => name === 'CL')?.unit).toBe('mL/h');
  });

  it('of doses by body weight are litres by body weight; of amounts that are seen as amounts, 1/h', async () => {
    const weight = volumes('central / V in ug/mL')
      .replace(/: mg\b/g, ': mg/kg')
      .replace('= 5 [L/h]', '= 0.07 [L/h/kg]')
      .replace('= 50 [L]', '= 0.7 [L/kg]')
      .replace('dose 100 [mg]', 'dose 1.5 [mg/kg]');
    const found = await ncaOf(studyOf(weight, 2));
    const unitOf = (name: string) => found.report.parameters.find((one) => one.name === name)?.unit;
    expect([unitOf('CL'), unitOf('Vz'), found.report.doseUnit]).toEqual(['L/kg/h', 'L/kg', 'mg/kg']);
    expectClose(found.values('CL'), trueValues(weight, 'CL', 2), 1e-6);
    const amount = await ncaOf(studyOf(volumes('central'), 2));
    expect(amount.report.parameters.find(({ name }) => name === 'CL')?.unit).toBe('1/h');
    expect(amount.report.parameters.find(({ name }) => name === 'Vz')?.unit).toBe('1');
  });

  it('of the output decide which one is analysed unless it is named', async () => {
    const text = volumes('central / V in mg/L').replace(
      'output conc',
      'output amount = central\noutput conc',
    );
    expect((await ncaOf(studyOf(text, 1))).report.output).toBe('conc');
    expect((await ncaOf(studyOf(text, 1), { output: 'amount' })).report).toMatchObject({ unit: 'mg' });
  });
});

describe('refused, with what to do instead', () => {
  const text = oneCompartment(`therapy t
  dose 100 [mg] into gut
show until 24 h every 1 h`);
  it.each([
    [{ output: 'cnc' }, 'nca: there is no output cnc; did you mean conc?'],
    [{ from: 24 }, "give a time of a dose from 0 to before the run's end at 24 h"],
    [{ from: 18, tau: 12 }, 'is over at 30 h, after the run'],
    [{ tau: 0 }, 'give a dosing interval above 0'],
    [{ steady: true }, 'an interval at steady state needs tau'],
    [{ times: [] }, 'no sampling times; give some'],
    [{ times: [1, 2, 2] }, 'sampling time 2 at place 3; give ascending times'],
    [{ times: [1, 30] }, 'a sample at 30 h, after the run'],
    [{ duration: 1 }, 'give the route infusion too'],
    [{ route: 'infusion', duration: 0 }, 'give a duration above 0'],
    [{ lloq: 0 }, 'give one above 0'],
    [{ dose: '0' }, 'give an amount above 0 mg'],
    [{ dose: '5 L' }, '"5 L" is L where mg is expected'],
  ] as const)('%j', async (options, message) => {
    expect(await refusalOf(studyOf(text, 2), options)).toContain(message);
  });

  it('bioavailability that changes during the run, unless the dose is told', async () => {
    const changing = oneCompartment(
      `therapy t
  dose 100 [mg] into gut
show until 24 h every 1 h`,
      'central / V in mg/L',
      'bioavailability if t < 12 [h] then 0.5 else 0.8',
    );
    expect(await refusalOf(studyOf(changing, 2))).toContain('give the dose');
    const found = await ncaOf(studyOf(changing, 2), { dose: '100 mg' });
    expect(found.values('CL/F').every((x) => (x ?? 0) > 0)).toBe(true);
  });

  it('arms in which nothing is given, and simulated studies', async () => {
    const none = studyOf(text, 2, { arms: [{ name: 'untreated' }] });
    expect(await refusalOf(none)).toContain('nothing is given that reaches conc; choose arms with doses');
    const many = { ...studyOf(text, 4), cohort: { patients: 4, studies: 2 } };
    expect(await refusalOf(many)).toContain('analyse one study');
  });

  it('before anything is computed: opening solves one patient only', async () => {
    const real = await engineFor('webassembly');
    const solved: number[] = [];
    const engine = {
      ...real,
      individuals: (...given: Parameters<typeof real.individuals>) => {
        solved.push(given[2].length);
        return real.individuals(...given);
      },
    };
    const opened = await openNca(studyOf(text, 500), { engine }, {});
    expect([opened.kind, solved]).toEqual(['done', [1]]);
  });

  it('but an arm without a dose at that time is noted, with the times of its doses', async () => {
    const found = await ncaOf(studyOf(text, 2), { from: 3 });
    expect(found.report.notes[0]).toContain('t: no dose at 3 h in the first patient; doses are due at 0 h');
  });
});
