// A predictive check beside a session: of which numbers it is, what a change makes of it, and who may still speak.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Check, Checking } from '../../src/app/checking.ts';
import { DATA_THERAPY, type Study } from '../../src/study/study.ts';
import { FakeEngine } from '../browser/fake-engine.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const studyOf = (clearance: number, file = 'doses.csv'): Study => ({
  gemello: 1,
  model: { name: 'vancomycin' },
  set: { TVCL: clearance },
  cohort: { data: { file } },
  arms: [
    { name: 'file', therapy: DATA_THERAPY },
    { name: 'model', therapy: 'fixed' },
    { name: 'slower', therapy: DATA_THERAPY, set: { TVCL: 3 } },
  ],
});

function begin(study: Study | null = studyOf(5)) {
  const engine = new FakeEngine();
  const said: (Check | null)[] = [];
  const checking = new Checking(engine, (check) => said.push(check));
  const show = (shown: Study) => checking.show({ study: shown, tables: { 'doses.csv': 'ID' } });
  if (study) show(study);
  return { engine, checking, show, said, now: () => said.at(-1) };
}

it('has nothing to check without a file of doses', () => {
  expect(begin({ gemello: 1, model: { name: 'vancomycin' } }).said).toEqual([]);
});

it('says how far it is, then what came of it, of the first arm that takes the doses of the file', async () => {
  const { engine, checking, now } = begin();
  expect(now()).toMatchObject({ shown: null, doing: { kind: 'nothing' } });
  void checking.start();
  await vi.advanceTimersByTimeAsync(25);
  expect(now()?.doing).toEqual({ kind: 'running', finished: 250 });
  await vi.runAllTimersAsync();
  expect(now()).toMatchObject({ shown: { fresh: true }, doing: { kind: 'nothing' } });
  expect(engine.checks.map(({ choice }) => choice.arm)).toEqual(['file']);
});

it('keeps the check of other numbers, and says that it is of those before', async () => {
  const { checking, show, now } = begin();
  void checking.start({ corrected: true });
  await vi.runAllTimersAsync();
  show(studyOf(6));
  expect(now()).toMatchObject({
    choice: { corrected: true },
    shown: { fresh: false, vpc: { corrected: true } },
    doing: { kind: 'nothing' },
  });
  show(studyOf(6, 'others.csv'));
  expect(now()).toMatchObject({ choice: {}, shown: null });
});

it('never lets an answer about older numbers, or a check that was stopped, speak', async () => {
  const { checking, show, now } = begin();
  void checking.start();
  await vi.advanceTimersByTimeAsync(15);
  show(studyOf(6));
  await vi.runAllTimersAsync();
  expect(now()).toMatchObject({ shown: null, doing: { kind: 'nothing' } });
  void checking.start();
  await vi.advanceTimersByTimeAsync(15);
  checking.cancel();
  await vi.runAllTimersAsync();
  expect(now()).toMatchObject({ shown: null, doing: { kind: 'stopped' } });
});

it('checks the arm that is chosen, as long as it is there', async () => {
  const { engine, checking, show } = begin();
  void checking.start({ arm: 'slower' });
  await vi.runAllTimersAsync();
  const { arms = [], ...rest } = studyOf(6);
  show({ ...rest, arms: arms.slice(0, 2) });
  void checking.start();
  await vi.runAllTimersAsync();
  expect(engine.checks.map(({ choice }) => choice.arm)).toEqual(['slower', 'file']);
});

it('says what went wrong', async () => {
  const { engine, checking, now } = begin();
  engine.predictiveCheck = async () => ({ kind: 'failed', message: 'typical patients do not vary' });
  await checking.start();
  expect(now()?.doing).toEqual({ kind: 'failed', message: 'typical patients do not vary' });
});
