// A session: what the engine is asked, in which order, and what stays on screen when something goes wrong.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunReply } from '../../src/app/client.ts';
import { Session } from '../../src/app/session.ts';
import { FakeEngine, type FakeOptions, PROBLEM } from '../browser/fake-engine.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function open(options: FakeOptions = {}) {
  const engine = new FakeEngine(options);
  const session = await Session.open(
    { engine, notify: () => undefined, originals: new Map([['vancomycin', 'the text']]) },
    'the text',
    { name: 'vancomycin' },
    null,
  );
  if (!(session instanceof Session)) throw new Error('the text is without errors');
  session.run();
  await vi.runAllTimersAsync();
  return { session, engine };
}
const drag = (session: Session, value: number) =>
  session.edit({ kind: 'parameter', name: 'TVCL', value }, 'drag');
const settle = (session: Session, value: number) =>
  session.edit({ kind: 'parameter', name: 'TVCL', value }, 'settle');

it('opens with the full cohort computed', async () => {
  const { session } = await open();
  expect(session.state.result?.patients).toBe(10_000);
  expect(session.state).toMatchObject({ stale: false, preview: false, edited: false, running: null });
});

it('asks for fewer patients while a slider moves and for all of them when it stops', async () => {
  const { session, engine } = await open({ milliseconds: 2000 });
  engine.calls.length = 0;
  drag(session, 5);
  await vi.runAllTimersAsync();
  expect(engine.calls.at(-1)?.patients).toBeLessThan(10_000);
  expect(session.state.preview).toBe(true);
  settle(session, 5);
  await vi.runAllTimersAsync();
  expect(engine.calls.at(-1)?.patients).toBeUndefined();
  expect(session.state).toMatchObject({ preview: false, stale: false });
});

it('never lets more than one preview wait: of many changes between two answers the last is computed', async () => {
  const { session, engine } = await open({ milliseconds: 1000 });
  engine.calls.length = 0;
  for (let n = 0; n < 100; n++) drag(session, 5 + n / 100);
  await vi.runAllTimersAsync();
  expect(engine.calls.length).toBeLessThanOrEqual(2);
  expect(engine.calls.at(-1)?.study.set).toEqual({ TVCL: 5.99 });
  expect(session.state.stale).toBe(false);
});

it('makes one step of a whole drag to undo, and undoing computes again', async () => {
  const { session } = await open();
  for (const value of [5, 5.5, 6]) drag(session, value);
  settle(session, 6);
  await vi.runAllTimersAsync();
  expect(session.state).toMatchObject({ canUndo: true, edited: true });
  session.undo();
  await vi.runAllTimersAsync();
  expect(session.state.study.set).toBeUndefined();
  expect(session.state).toMatchObject({ canUndo: false, canRedo: true, edited: false, stale: false });
  session.redo();
  await vi.runAllTimersAsync();
  expect(session.state.study.set).toEqual({ TVCL: 6 });
});

it('computes nothing while live is off, says so, and catches up on demand', async () => {
  const { session, engine } = await open();
  engine.calls.length = 0;
  session.setLive(false);
  settle(session, 6);
  await vi.runAllTimersAsync();
  expect(engine.calls).toEqual([]);
  expect(session.state.stale).toBe(true);
  session.run();
  await vi.runAllTimersAsync();
  expect(session.state.stale).toBe(false);
});

it('keeps the last good result, marked stale, when the study is refused', async () => {
  const refusal: RunReply = {
    kind: 'refused',
    errors: [{ field: 'time.until', message: '0 h is not longer than 0' }],
  };
  const { session } = await open({ reply: (study) => (study.time?.until === '0 h' ? refusal : null) });
  const before = session.state.result;
  session.edit({ kind: 'until', value: '0 h' }, 'settle');
  await vi.runAllTimersAsync();
  expect(session.state).toMatchObject({
    result: before,
    stale: true,
    trouble: { kind: 'refused' },
    running: null,
  });
  session.undo();
  await vi.runAllTimersAsync();
  expect(session.state).toMatchObject({ stale: false, trouble: null });
});

it('says what failed when the engine throws', async () => {
  const { session } = await open({
    reply: (study) => {
      if (study.set) throw new Error('the device is gone');
      return null;
    },
  });
  settle(session, 6);
  await vi.runAllTimersAsync();
  expect(session.state.trouble).toEqual({ kind: 'failed', message: 'the device is gone' });
});

it('takes a text over once it has no errors, and keeps the study until then', async () => {
  const { session } = await open();
  const { study } = session.state;
  session.type('WRONG');
  await vi.runAllTimersAsync();
  expect(session.state).toMatchObject({ study, text: 'WRONG', diagnostics: [PROBLEM], stale: true });
  session.type('right');
  await vi.runAllTimersAsync();
  expect(session.state).toMatchObject({ diagnostics: [], stale: false });
  expect(session.state.study.model).toEqual({ text: 'right' });
  session.undo();
  await vi.runAllTimersAsync();
  expect(session.state.text).toBe('the text');
  expect(session.state.study.model).toEqual({ name: 'vancomycin' });
});

it('stops on cancel, and a late answer changes nothing', async () => {
  const { session } = await open({ milliseconds: 1000 });
  const before = session.state.result;
  settle(session, 6);
  await vi.advanceTimersByTimeAsync(50);
  session.cancel();
  await vi.runAllTimersAsync();
  expect(session.state).toMatchObject({
    result: before,
    stale: true,
    running: null,
    trouble: { kind: 'cancelled' },
  });
});

it('drops what a sharer saw as soon as the study is another one', async () => {
  const engine = new FakeEngine();
  const expectation = { engine: '0.1.0', inputs: 'x', values: [1] };
  const session = await Session.open(
    { engine, notify: () => undefined },
    'the text',
    { name: 'vancomycin' },
    { gemello: 1, model: { name: 'vancomycin' }, expect: expectation },
  );
  if (!(session instanceof Session)) throw new Error('the text is without errors');
  expect(session.state.study.expect).toEqual(expectation);
  settle(session, 6);
  expect(session.state.study.expect).toBeUndefined();
});
