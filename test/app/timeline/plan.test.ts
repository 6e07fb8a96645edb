// Timelines of therapies: times, amounts and what is open, against the therapy read by hand.
import { describe, expect, it } from 'vitest';
import { type DoseMark, gather, MOST_DOSE_MARKS } from '../../../src/app/timeline/marks.ts';
import { therapyPlan } from '../../../src/app/timeline/plan.ts';
import { compile, compileTherapy } from '../../../src/language/compile.ts';

const MODEL = `model one "One compartment"
  time h
covariate WT "Weight" : kg ~ lognormal(median 70, cv 20 %)
parameter TVCL "Clearance" = 4 [L/h]
parameter V = 50 [L]
memory size "Size of a dose" : mg = 100 [mg]
compartment gut : mg bioavailability 80 % lag 0.5 h
compartment central : mg
flow absorbed : gut -> central at 1 [1/h] * gut
flow elimination : central -> at TVCL / V * central
output conc = central / V in mg/L
measure level of conc error proportional 0.1
`;

function planOf(text: string, horizon = 48) {
  const { model } = compile(MODEL);
  if (!model) throw new Error('the model has errors');
  const { therapy, diagnostics } = compileTherapy(model, text);
  if (!therapy) throw new Error(JSON.stringify(diagnostics));
  const values = new Map([
    ['WT', 70],
    ['TVCL', 4],
    ['V', 50],
  ]);
  return therapyPlan(model, therapy, values, horizon, text);
}
const shortly = ({ time, amount, sure }: DoseMark) => [time, amount, sure];

describe('what a therapy plans', () => {
  it('has a mark for every dose, with its amount for this patient and its length', () => {
    const { doses, units } = planOf('dose 15 [mg/kg] * WT into central over 2 h from 6 h every 12 h times 3');
    expect(doses.map(({ time, amount, duration }) => [time, amount, duration])).toEqual([
      [6, 1050, 2],
      [18, 1050, 2],
      [30, 1050, 2],
    ]);
    expect(units).toEqual({ central: 'mg' });
  });

  it('ends with the run: what is due at its very end is not given', () => {
    expect(planOf('dose 1 [mg] into central every 12 h').doses.map(({ time }) => time)).toEqual([
      0, 12, 24, 36,
    ]);
  });

  it('gives an infusion at a rate the time that its amount takes', () => {
    expect(planOf('dose 100 [mg] into central at 50 [mg/h]').doses[0]?.duration).toBe(2);
    // Four fifths of it get in.
    expect(planOf('dose 100 [mg] into gut at 40 [mg/h]').doses[0]).toMatchObject({
      duration: 2,
      amount: 100,
    });
  });

  it('follows changes at times: a size that is set, a hold that withholds, a resumption', () => {
    const { doses, changes } = planOf(
      'dose size into central every 12 h\nset size = 50 [mg] at 6 h\nhold for 20 h at 20 h',
      49,
    );
    expect(doses.map(shortly)).toEqual([
      [0, 100, true],
      [12, 50, true],
      [48, 50, true],
    ]);
    expect(changes).toEqual([
      { time: 6, label: 'set size = 50 [mg]' },
      { time: 20, label: 'hold for 20 h' },
    ]);
  });

  it('leaves open what a rule may change from its first visit on, and what depends on the state', () => {
    const { doses, visits } = planOf(
      'dose size into central every 12 h\nrule adjust "Levels" from 12 h every 24 h\n  if level > 5 [mg/L] : set size = 50 [mg]\ndose 5 [mg] into gut while conc < 3 [mg/L]\ndose 2 * gut into gut at steady state from 40 h every 8 h',
      49,
    );
    const central = doses.filter(({ into }) => into === 'central');
    expect(central.map(shortly)).toEqual([
      [0, 100, true],
      [12, 100, true],
      [24, 100, false],
      [36, 100, false],
      [48, 100, false],
    ]);
    expect(doses.filter(({ into }) => into === 'gut').map(shortly)).toEqual([
      [0, 5, false],
      [40, null, false],
      [48, null, false],
    ]);
    expect(visits).toEqual([{ rule: 'adjust', label: 'Levels', times: [12, 36], count: 2, open: false }]);
  });

  it('knows visits at listed times, and that a next visit is decided', () => {
    const at = planOf('rule r at 7 h, 12 h, 18 h\n  if level > 5 [mg/L] : dose 1 [mg] into gut').visits;
    expect(at[0]).toMatchObject({ times: [7, 12, 18], open: false });
    const open = planOf(
      'rule r from 7 h every 7 h\n  if level > 5 [mg/L] : dose 1 [mg] into gut, next visit in 3 h',
    ).visits;
    expect(open[0]).toMatchObject({ times: [7], open: true });
  });

  it('lists what is watched for, and its clauses as they are written', () => {
    const text =
      'dose 5 [mg] into central\nwhen conc falls below 3 [mg/L] at most 2 times : dose 5 [mg] into central';
    const plan = planOf(text);
    expect(plan.watched).toEqual(['when conc falls below 3 [mg/L] at most 2 times']);
    expect(plan.lines).toEqual(text.split('\n'));
  });

  it('stays small: an hourly dose for a year, a dose a minute, a change an hour', () => {
    const hourly = planOf('dose 1 [mg] into central every 1 h', 8760);
    expect(hourly.doses.length).toBeLessThanOrEqual(MOST_DOSE_MARKS);
    expect(hourly.doses.reduce((sum, { count }) => sum + count, 0)).toBe(8760);
    const [minutes, ...others] = planOf('dose 1 [mg] into central every 1 min', 8760).doses;
    expect(others).toEqual([]);
    expect(minutes).toMatchObject({ time: 0, count: 525_600 });
    expect(minutes?.last).toBeCloseTo(8760 - 1 / 60, 6);
    const started = performance.now();
    const many = planOf(
      'dose size into central every 1 h\nset size = size + 1 [mg] at 0.5 h every 1 h',
      8760,
    );
    expect(many.changes.length).toBeLessThan(100);
    expect(many.more).toBe(true);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('gathering', () => {
  const dose = (time: number, amount: number | null, into = 'central'): DoseMark => ({
    time,
    last: time,
    count: 1,
    into,
    amount,
    least: amount,
    duration: 0,
    sure: true,
  });

  it('loses no dose, keeps compartments apart and says the largest and the smallest', () => {
    const doses = Array.from({ length: 400 }, (_, n) => dose(n, n, n % 2 === 0 ? 'gut' : 'central'));
    const gathered = gather(doses, 400, 40);
    expect(gathered.length).toBeLessThanOrEqual(40);
    expect(gathered.reduce((sum, { count }) => sum + count, 0)).toBe(400);
    expect(gathered.find(({ into }) => into === 'gut')).toMatchObject({
      time: 0,
      last: 18,
      least: 0,
      amount: 18,
    });
  });

  it('counts doses of what are runs already', () => {
    const run = { ...dose(0, 1), last: 90, count: 1000 };
    const gathered = gather([...Array.from({ length: 50 }, (_, n) => dose(n, 2)), run], 100, 10);
    expect(gathered.reduce((sum, { count }) => sum + count, 0)).toBe(1050);
    expect(gathered[0]).toMatchObject({ time: 0, last: 90 });
  });

  it('says of a run with an open dose that it is open', () => {
    const doses = [dose(0, 1), dose(0.1, null), dose(0.2, 3)];
    expect(gather(doses, 10, 1)).toEqual([
      { time: 0, last: 0.2, count: 3, into: 'central', amount: null, least: null, duration: 0, sure: true },
    ]);
  });
});
