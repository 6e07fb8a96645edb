// What a therapy's lines become: dose streams with their parts, changes at times, rules, events, memories, holds.
import { describe, expect, test } from 'vitest';
import { compileTherapy, render } from '../../src/language/compile.ts';
import { evaluate } from '../../src/language/evaluate.ts';
import type { Action, Model, Therapy } from '../../src/language/model.ts';
import { compiled, said, tree } from './small.ts';

const BODY = `covariate WT : kg ~ normal(mean 70, sd 10)
covariate DIAL : yes 20 %
covariate STAGE : one of mild 60 %, severe 40 %
parameter CL = 5 [L/h]
parameter V = 10 [L]
compartment c : mg
flow out : c -> at CL / V * c * (if STAGE is mild or DIAL then 1 else 2) * WT / 70 [kg]
output conc = c / V
measure level of conc error proportional 0.1
memory size : mg = 100 [mg]
`;
const therapyOf = (lines: string): Therapy => {
  const [therapy] = compiled(`${BODY}therapy a\n${lines}`).therapies;
  if (therapy === undefined) throw new Error('no therapy');
  return therapy;
};
/** Every expression of a record as a short text. */
function shown(x: unknown): unknown {
  if (Array.isArray(x)) return x.map(shown);
  if (typeof x !== 'object' || x === null) return x;
  const kind = (x as { kind?: unknown }).kind;
  if (kind === 'number' || kind === 'symbol' || kind === 'call') return tree(x as Parameters<typeof tree>[0]);
  return Object.fromEntries(
    Object.entries(x)
      .filter(([k]) => k !== 'span')
      .map(([k, v]) => [k, shown(v)]),
  );
}
const done = (actions: readonly Action[] | undefined): readonly string[] =>
  (actions ?? []).map((a) =>
    a.kind === 'set'
      ? `${a.name} = ${tree(a.value)}`
      : a.kind === 'dose'
        ? `${tree(a.amount)} -> ${a.into}`
        : a.kind,
  );

describe('a dose', () => {
  test('without new parts has nothing but what it had, and its place', () => {
    expect(shown(therapyOf('  dose 5 [mg] into c over 1 h every 12 h times 3').doses)).toEqual([
      { into: 'c', amount: '5', start: '0', interval: '12', count: '3', duration: '1', order: 0 },
    ]);
  });

  test('has the parts that are written, in the units of what they go to', () => {
    const [dose] = therapyOf(
      '  dose size into c at 2 [g/d] from 1 d every 12 h lag 30 min bioavailability 80 % while conc < 20 [mg/L] and size > 0 at steady state',
    ).doses;
    expect(shown(dose)).toEqual({
      into: 'c', amount: 'size', start: '24', interval: '12', count: '1000000', duration: '0', rate: String(2000 / 24),
      bioavailability: '0.8', lag: '0.5', while: 'and(lt(conc, 20), gt(size, 0))', steady: true, order: 0,
    }); // biome-ignore format: one record
  });

  test('says how it is taken', () => {
    const [first, second] = therapyOf(
      '  dose 5 [mg] into c every 12 h taken 90 %, 50 % after a missed one late 20 % by 1 h .. 4 h doubled 30 % after a missed one\n  dose 5 [mg] into c every 1 d late 10 % by 30 min .. 1 h',
    ).doses;
    expect(shown(first?.adherence)).toEqual({
      taken: '0.9',
      takenAfterMissed: '0.5',
      doubled: '0.3',
      late: { chance: '0.2', from: '1', to: '4' },
    });
    expect(shown(second?.adherence)).toEqual({
      taken: '1',
      late: { chance: '0.1', from: '0.5', to: '1' },
    });
  });

  test('may have its parts on more lines, and words of the language for names', () => {
    const [therapy] = compiled(
      'parameter lag = 2 [h]\nparameter rate = 3 [mg/h]\nparameter at_once = 1 [mg]\ncompartment by : mg\nflow out : by -> at 1 [1/h] * by\ntherapy a\n  dose at_once into by\n    lag lag\n    at rate',
    ).therapies;
    expect(therapy?.doses.map((d) => [tree(d.lag), tree(d.rate)])).toEqual([['lag', 'rate']]);
  });
});

describe('a compartment', () => {
  test('says how doses get in', () => {
    const model = compiled(
      'compartment a : mg = 3 [mg] bioavailability 1 - b / 5 [mg] lag 30 min infused over 2 h\ncompartment b : mg infused at 1 [g/h]\nflow f : a -> b at 1 [1/h] * a\ncompartment d : mg\nflow g : b -> d at 1 [1/h] * b',
    );
    expect(model.states.map((s) => shown(s.entry))).toEqual([
      { bioavailability: 'sub(1, div(b, 5))', lag: '0.5', duration: '2' },
      { rate: '1000' },
      undefined,
    ]);
    expect(tree(model.states[0]?.initial)).toBe('3');
  });
});

describe('a change at a time', () => {
  test('sets memories, compartments, parameters and covariates of every type', () => {
    const { interventions, doses } = therapyOf(
      '  dose 5 [mg] into c\n  set size = 2 [g], CL = 50 [mL/min] at 1 d every 12 h until 3 d\n  set DIAL = yes, STAGE = severe, c = c / 2 at 5 h\n  set DIAL = conc > 3 [mg/L] at 6 h\n  reset, increase WT by 5 [kg] at 8 h',
    );
    expect(interventions?.map((i) => [shown(i.schedule), done(i.actions), i.order])).toEqual([
      [{ start: '24', interval: '12', count: '4' }, ['size = 2000', 'CL = 3'], 1],
      [{ start: '5', interval: '0', count: '1' }, ['DIAL = 1', 'STAGE = 1', 'c = div(c, 2)'], 2],
      [{ start: '6', interval: '0', count: '1' }, ['DIAL = if(gt(conc, 3), 1, 0)'], 3],
      [{ start: '8', interval: '0', count: '1' }, ['reset', 'WT = add(WT, 5)'], 4],
    ]);
    expect(doses[0]?.order).toBe(0);
  });

  test('keeps increases and decreases within their bounds', () => {
    const { interventions } = therapyOf(
      '  increase size by 10 % at most 1 [g] at 1 h\n  decrease size by 25 % at least 50 at 2 h\n  increase size by 1 [g] within 50 .. 300 at 3 h\n  set size = 2 * c within 50 .. WT * 5 [mg/kg] at 4 h',
    );
    expect(interventions?.flatMap((i) => done(i.actions))).toEqual([
      'size = min(mul(size, 1.1), 1000)',
      'size = max(mul(size, 0.75), 50)',
      'size = max(50, min(300, add(size, 1000)))',
      'size = max(50, min(mul(WT, 5), mul(2, c)))',
    ]);
  });
});

describe('a hold', () => {
  const HELD =
    '  dose 5 [mg] into c every 12 h\n  dose 5 [mg] into c while conc < 3 [mg/L]\n  hold for 1 d at 48 h\n  stop at 96 h\n  resume at 120 h';
  test('is a memory of the therapy that its doses look at', () => {
    const { doses, memories, interventions } = therapyOf(HELD);
    expect(memories?.map((m) => [m.name, m.unit.text, tree(m.initial)])).toEqual([
      ['a.held until', 'h', '0'],
    ]);
    expect(doses.map((d) => tree(d.while))).toEqual([
      'ge(mul(t, 1.000001), a.held until)',
      'and(lt(conc, 3), ge(mul(t, 1.000001), a.held until))',
    ]);
    expect(interventions?.flatMap((i) => done(i.actions))).toEqual([
      'a.held until = add(t, 24)',
      'a.held until = 1e+30',
      'a.held until = 0',
    ]);
  });

  test('ends with the dose that is due just then, in the rounding of f32', () => {
    const condition = therapyOf(HELD).doses[0]?.while;
    if (condition === undefined) throw new Error('no condition');
    for (const [visit, length] of [[7.1, 0.3], [1999.9, 0.7], [0.1, 0.2]] as const) {
      const until = Math.fround(Math.fround(visit) + Math.fround(length));
      const given = (t: number) => evaluate(condition, (name) => (name === 't' ? t : until));
      expect(given(Math.fround(visit + length))).toBe(1);
      expect(given(Math.fround(visit + length - 0.01))).toBe(0);
    } // biome-ignore format: a table
  });
});

describe('a rule', () => {
  test('has visits, branches in order, and readings', () => {
    const { rules, doses } = therapyOf(`  rule titrate "Weekly" from 7 d every 7 d times 4
    if level > 5 [mg/L] confirmed 2 times :
      decrease size by 50 % at least 10
      dose 1 [mg] into c over 1 h
    if level < 1 [mg/L] : set size = 2 * level * V, c = 0
    else :
      increase size by 1 [mg]
  dose size into c every 12 h`);
    expect(doses.map((d) => d.order)).toEqual([1]);
    expect(rules?.map((r) => [r.name, r.label, r.order, r.next, shown(r.schedule)])).toEqual([
      ['titrate', 'Weekly', 0, undefined, { start: '168', interval: '168', count: '4' }],
    ]);
    expect(rules?.[0]?.branches.map((b) => [tree(b.condition), b.confirmed, done(b.actions)])).toEqual([
      ['gt(level, 5)', 2, ['size = max(mul(size, 0.5), 10)', '1 -> c']],
      ['lt(level, 1)', 1, ['size = mul(mul(2, level), V)', 'c = 0']],
      ['1', 1, ['size = add(size, 1)']],
    ]);
  });

  test('takes actions without a condition as one branch', () => {
    const { rules } = therapyOf(
      '  rule r every 1 d\n    set size = 5 [mg]\n    set c = 0\n  set V = 3 [L] at 1 d',
    );
    expect(rules?.[0]?.branches.map((b) => [tree(b.condition), done(b.actions)])).toEqual([
      ['1', ['size = 5', 'c = 0']],
    ]);
  });

  /** When the visits are, following `next` at readings that never change. */
  function visits(lines: string, level: number, most = 8): readonly number[] {
    const [rule] = therapyOf(`  dose size into c\n${lines}`).rules ?? [];
    if (rule === undefined) throw new Error('no rule');
    const at = (t: number) => (name: string) => ({ t, level, size: 100 })[name] ?? Number.NaN;
    const count = evaluate(rule.schedule.count, at(0));
    const times: number[] = [];
    let t = evaluate(rule.schedule.start, at(0));
    while (times.length < Math.min(count, most)) {
      const acts = rule.branches.some((b) => evaluate(b.condition, at(t)) > 0);
      if (!acts) break;
      times.push(t);
      const distance = evaluate(rule.next ?? rule.schedule.interval, at(t));
      // Also after the last of a list: a visit that follows at once would be without end.
      if (rule.next !== undefined) expect(distance).toBeGreaterThan(0);
      t += distance;
    }
    return times;
  }
  const CHANGING =
    '  rule r from 1 d every 2 d until 10 d\n    if level > 5 [mg/L] : next visit in 12 h\n    if level > 2 [mg/L] : set size = 5 [mg]\n    else : next visit in 3 d';

  test('comes when its list says, or when the branch taken says', () => {
    expect(visits('  rule r at 3 h, 7 h, 20 h, 21 h\n    set size = 5 [mg]', 0)).toEqual([3, 7, 20, 21]);
    expect(visits('  rule r at 5 h\n    set size = 5 [mg]', 0)).toEqual([5]);
    expect(visits(CHANGING, 6)).toEqual([24, 36, 48, 60, 72, 84, 96, 108]);
    expect(visits(CHANGING, 3)).toEqual([24, 72, 120, 168, 216]);
    expect(visits(CHANGING, 1)).toEqual([24, 96, 168]);
    expect(visits('  rule r every size / 10 [mg/h] times 3\n    set c = 0', 1)).toEqual([0, 10, 20]);
    expect(visits('  rule r at 2 h\n    next visit in 7 h', 1, 3)).toEqual([2, 9, 16]);
  });

  test('that nobody sees is warned about', () => {
    const rule = (first: string) =>
      `${BODY}therapy a\n  rule r from ${first} every 1 d\n    set size = 5 [mg]\nshow until 7 d every 1 h\nx = size`;
    expect(said(rule('6 d'))).toEqual([]);
    expect(said(rule('1 wk'))).toEqual(['12: the first visit of r is at 168, and what is shown ends at 168']);
  });

  test('owns the lines that are indented deeper, and `if` and `else` anywhere', () => {
    const model = compiled(BODY);
    const flat =
      'rule r every 1 d\nif level > 5 [mg/L] : hold for 1 d\nelse : set size = 5 [mg]\ndose size into c every 1 d';
    const { therapy, diagnostics } = compileTherapy(model, flat);
    expect(diagnostics.map((d) => render(d, flat))).toEqual([]);
    expect(therapy?.rules?.[0]?.branches.length).toBe(2);
    expect(therapy?.doses.length).toBe(1);
    expect(therapy?.memories?.map((m) => m.name)).toEqual(['.held until']);
  });
});

describe('an event', () => {
  const event = (text: string) => compiled(`${BODY}${text}`).events[0];
  test('has SBML’s meaning in words', () => {
    expect(
      shown(
        event(
          'when conc falls below 5 [mg/L] after 30 min if it still holds priority 2 at most 3 times at least 4 h apart not at the start with values of execution called rescue "Rescue" : dose 100 [mg] into c, increase size by 1 [mg]',
        ),
      ),
    ).toEqual({
      name: 'rescue', label: 'Rescue', condition: 'lt(conc, 5)', delay: '0.5', priority: '2', persistent: false,
      initially: true, valuesAtEdge: false, apart: '4', most: '3', order: 0,
      actions: [
        { kind: 'dose', into: 'c', amount: '100', duration: '0' },
        { kind: 'set', name: 'size', value: 'add(size, 1)' },
      ],
    }); // biome-ignore format: one record
  });

  test('by itself is persistent, may happen at time 0, and takes values when its condition rises', () => {
    expect(shown(event('when c > 5 [mg] and size rises above 3 [mg] :\n  set c = 0\n  set size = 1 [mg]'))).toEqual({
      name: '', label: '', condition: 'and(gt(c, 5), gt(size, 3))', persistent: true, initially: false, valuesAtEdge: true,
      order: 0, actions: [{ kind: 'set', name: 'c', value: '0' }, { kind: 'set', name: 'size', value: '1' }],
    }); // biome-ignore format: one record
  });

  test('of a therapy may hold its doses and change parameters', () => {
    const { events, doses } = therapyOf(
      '  dose 5 [mg] into c every 12 h\n  when conc > 5 [mg/L] : hold for 1 d, set CL = 6 [L/h]',
    );
    expect(events?.map((e) => [done(e.actions), e.order])).toEqual([
      [['a.held until = add(t, 24)', 'CL = 6'], 1],
    ]);
    expect(doses[0]?.while).toBeDefined();
  });
});

describe('a memory', () => {
  test('starts from the patient, is used where states are, and can be an endpoint', () => {
    const model: Model = compiled(
      `${BODY}memory seen : mg = 2 [mg/kg] * WT\nfaster = seen / 1 [mg] + t / 1 [h]\nflow more : -> c at seen * 1 [1/h] + faster * 0 [mg/h]\nendpoint peak = max(seen)\nwhen c > 5 [mg] : set seen = c`,
    );
    expect(model.memories.map((m) => [m.name, tree(m.initial)])).toEqual([
      ['size', '100'],
      ['seen', 'mul(2, WT)'],
    ]);
    expect(model.definitions.find((d) => d.name === 'faster')?.stage).toBe('step');
  });

  test('of a therapy is its own, and names used in therapies alone count as used', () => {
    const model = compiled(
      `${BODY}parameter k = 2\ntherapy a\n  memory own : mg = 5 [mg] * k\n  dose own + size into c`,
    );
    expect(model.memories.map((m) => m.name)).toEqual(['size']);
    expect(model.therapies[0]?.memories?.map((m) => [m.name, tree(m.initial)])).toEqual([
      ['own', 'mul(5, k)'],
    ]);
    expect(
      said(`${BODY}parameter k = 2\ntherapy a\n  memory own : mg = 5 [mg] * k\n  dose own + size into c`),
    ).toEqual([]);
    expect(said(`compartment d : mg\nflow f : d -> at 1 [1/h] * d\nmemory idle : 1 = 0`)).toEqual([
      '3: the memory idle is never used',
    ]);
  });

  test('of two arms may have the same name, also one of the model’s therapies', () => {
    const model = compiled(`${BODY}therapy a\n  memory own : mg = 5 [mg]\n  dose own into c`);
    for (const text of [
      'memory own : mg = 6 [mg]\ndose own into c',
      'memory own : kg = 1 [kg]\ndose WT * 5 [mg/kg] into c',
    ]) {
      const { therapy, diagnostics } = compileTherapy(model, text);
      expect(diagnostics.map((d) => render(d, text))).toEqual([]);
      expect(therapy?.memories?.map((m) => m.name)).toEqual(['own']);
    }
  });
});

describe('an arm’s own lines', () => {
  test('may change and decide without a dose', () => {
    const model = compiled(BODY);
    const { therapy } = compileTherapy(model, 'set CL = 3 [L/h] at 5 h\nwhen conc > 3 [mg/L] : set c = 0');
    expect(therapy?.interventions?.length).toBe(1);
    expect(therapy?.events?.length).toBe(1);
  });

  test('name what is wrong with line and column', () => {
    const model = compiled(BODY);
    const { therapy, diagnostics } = compileTherapy(
      model,
      'dose size into c\nset conc = 3 [mg/L] at 5 h\nrule r every 1 d\n  if levl > 3 [mg/L] : stop',
    );
    expect(therapy).toBeNull();
    expect(diagnostics.map((d) => `${d.line}:${d.column} ${d.message} | ${d.hint}`)).toEqual([
      '2:5 conc is computed and cannot be set | set V instead',
      '4:6 unknown name levl | did you mean level?',
    ]);
  });
});
