// Timelines on screen: in line with the axis, heights by amount, labels apart, few shapes.
import { describe, expect, it } from 'vitest';
import { translator } from '../../../src/app/strings.ts';
import { type LayoutOptions, layOut } from '../../../src/app/timeline/layout.ts';
import { type ArmTimeline, type DoseMark, NO_TIMELINE } from '../../../src/app/timeline/marks.ts';
import { planWords } from '../../../src/app/timeline/words.ts';

const speech = { language: 'en', t: translator('en'), time: 'h' } as const;
const options: LayoutOptions = {
  area: { left: 50, right: 450, width: 550 },
  horizon: 100,
  compact: false,
  names: ['one', 'two'],
  speech,
};
const dose = (time: number, amount: number | null, more: Partial<DoseMark> = {}): DoseMark => ({
  time,
  last: time,
  count: 1,
  into: 'central',
  amount,
  least: amount,
  duration: 0,
  sure: true,
  ...more,
});
const arm = (more: Partial<ArmTimeline>): ArmTimeline => ({
  ...NO_TIMELINE,
  units: { central: 'mg' },
  lines: ['dose'],
  ...more,
});

describe('the timeline of an arm', () => {
  it('puts doses where the axis has their time, as high as their amount, as long as they take', () => {
    const plans = [
      arm({ doses: [dose(0, 100), dose(50, 50, { duration: 10 })] }),
      arm({ doses: [dose(25, 200)] }),
    ];
    const [one, two] = layOut(plans, null, options).lanes;
    const [first, second] = one?.shapes ?? [];
    const [third] = two?.shapes ?? [];
    expect([first?.x, second?.x, third?.x]).toEqual([50, 250, 150]);
    expect(second?.width).toBe(40);
    expect(first && second && first.height / second.height).toBe(2);
    // One scale for all arms.
    expect(third && first && third.height / first.height).toBe(2);
    expect(first && one && first.y + first.height).toBe(one?.base);
    expect(second?.words).toBe('50 mg into central over 10 h, from 50 h');
  });

  it('draws what is open as open, in doubt as faint, and says so', () => {
    const [lane] = layOut(
      [arm({ doses: [dose(0, null, { sure: false }), dose(10, 5, { sure: false })] })],
      null,
      options,
    ).lanes;
    expect(lane?.shapes.map(({ kind, faint }) => [kind, faint])).toEqual([
      ['open', true],
      ['dose', true],
    ]);
    expect(lane?.shapes[1]?.words).toContain('unless decided otherwise');
  });

  it('keeps labels of changes apart; marks stay', () => {
    const changes = [10, 11, 60].map((time) => ({ time, label: 'set size = 50 [mg]' }));
    const lanes = layOut([arm({ changes })], null, options).lanes;
    expect(lanes[1]?.shapes).toHaveLength(3);
    expect(lanes[1]?.labels.map(({ x }) => x)).toEqual([94, 294]);
  });

  it('shows visits of a rule in a lane of their own, and dashes where the next ones are decided', () => {
    const visits = [{ rule: 'r', label: 'Weekly', times: [20], count: 1, open: true }];
    const [, lane] = layOut([arm({ visits })], null, options).lanes;
    expect(lane?.name).toBe('Weekly');
    expect(lane?.shapes.map(({ kind, x, width }) => [kind, x, width])).toEqual([
      ['dashes', 130, 320],
      ['diamond', 130, 6],
    ]);
  });

  it('shows what a patient got in place of what is planned', () => {
    const given = { time: 30, into: 'central', amount: 80, unit: 'mg', duration: 0 };
    const decision = { time: 20, name: 'Weekly', readings: [], taken: 'stop', sets: [] };
    const plans = [
      arm({
        doses: [dose(0, 100)],
        visits: [{ rule: 'r', label: 'Weekly', times: [20, 40], count: 2, open: false }],
      }),
    ];
    const [doses, visits] = layOut(
      plans,
      [{ doses: [given], decisions: [decision], more: 0 }],
      options,
    ).lanes;
    expect(doses?.shapes.map(({ x }) => x)).toEqual([170]);
    expect(visits?.shapes.map(({ x, words }) => [x, words])).toEqual([[130, '20 h: stop']]);
  });

  it('says in words how many doses of what, and then its clauses', () => {
    const doses = [dose(0, 100), dose(12, 50), dose(24, 50)];
    expect(planWords(arm({ doses, lines: ['dose 100 [mg] into central'] }), speech)).toEqual([
      '3 doses of 50–100 mg into central, from 0 h to 24 h',
      'dose 100 [mg] into central',
    ]);
  });
});
