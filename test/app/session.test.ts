// A session: what the engine is asked, in which order, and what stays on screen when something goes wrong.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { RunReply } from '../../src/app/client.ts';
import { Session } from '../../src/app/session.ts';
import type { Study } from '../../src/study/study.ts';
import { FakeEngine, type FakeOptions, PROBLEM } from '../browser/fake-engine.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function open(options: FakeOptions = {}, study: Study | null = null) {
  const engine = new FakeEngine(options);
  const session = await Session.open(
    { engine, notify: () => undefined, originals: new Map([['vancomycin', 'the text']]) },
    'the text',
    { name: 'vancomycin' },
    study,
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

it('asks again when somebody else’s run came in between', async () => {
  let first = true;
  const reply = () => {
    if (!first) return null;
    first = false;
    return { kind: 'superseded' } as const;
  };
  const { session, engine } = await open({ reply });
  expect(engine.calls).toHaveLength(2);
  expect(session.state).toMatchObject({ stale: false, preview: false, running: null });
});

it('keeps the last full result beside previews, until the next full one', async () => {
  const { session } = await open({ milliseconds: 2000 });
  const { full } = session.state;
  expect(full).toBe(session.state.result);
  drag(session, 5);
  await vi.runAllTimersAsync();
  expect(session.state.result).not.toBe(full);
  expect(session.state.full).toBe(full);
  settle(session, 5);
  await vi.runAllTimersAsync();
  expect(session.state.full).toBe(session.state.result);
  expect(session.state.full).not.toBe(full);
});

it('computes nothing again for which way is good, there and back, but does for another arm to compare with', async () => {
  const { session, engine } = await open();
  engine.calls.length = 0;
  session.edit({ kind: 'better', endpoint: 'hit', value: 'higher' }, 'settle');
  await vi.runAllTimersAsync();
  expect(session.state).toMatchObject({ stale: false, canUndo: true, edited: true });
  expect(session.state.study.compare).toEqual({ better: { hit: 'higher' } });
  session.undo();
  await vi.runAllTimersAsync();
  expect(session.state).toMatchObject({ stale: false, edited: false });
  expect(engine.calls).toEqual([]);
  session.edit({ kind: 'versus', arm: 'weighted' }, 'settle');
  await vi.runAllTimersAsync();
  expect(engine.calls.map(({ study }) => study.compare)).toEqual([{ versus: 'weighted' }]);
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

it('loses no step when undo and redo are pressed faster than a text is checked', async () => {
  const { session } = await open();
  for (const text of ['one', 'two', 'three']) {
    session.type(text);
    await vi.runAllTimersAsync();
  }
  for (let n = 0; n < 3; n++) session.undo();
  await vi.runAllTimersAsync();
  expect(session.state.study.model).toEqual({ name: 'vancomycin' });
  const seen: unknown[] = [];
  for (let n = 0; n < 3; n++) {
    session.redo();
    await vi.runAllTimersAsync();
    seen.push(session.state.text);
  }
  expect(seen).toEqual(['one', 'two', 'three']);
});

it('stops a file that is being made when the study is left, and not when a check is', async () => {
  const { session, engine } = await open();
  const stopped = vi.spyOn(engine, 'cancelExport');
  session.download({ kind: 'patients', format: 'csv' });
  session.cancelCheck();
  expect(session.state.exporting?.kind).toBe('running');
  session.close();
  expect(stopped).toHaveBeenCalledOnce();
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

const TABLE = 'WT,CRCL,DIAL\n70,60,no\n80,90,yes\n';
const naming: Study = { gemello: 1, model: { name: 'vancomycin' }, cohort: { table: 'ward.csv' } };

it('sends a table’s text with every run of the study that names it, and with no other', async () => {
  const { session, engine } = await open();
  engine.calls.length = 0;
  session.openTable('ward.csv', TABLE);
  await vi.runAllTimersAsync();
  settle(session, 6);
  await vi.runAllTimersAsync();
  expect(engine.calls.length).toBeGreaterThanOrEqual(2);
  expect(new Set(engine.calls.map(({ table }) => table))).toEqual(new Set([TABLE]));
  expect(session.state).toMatchObject({ stale: false, table: { name: 'ward.csv', rows: 2 } });
  session.edit({ kind: 'table', name: null }, 'settle');
  await vi.runAllTimersAsync();
  expect(engine.calls.at(-1)).not.toHaveProperty('table');
  expect(session.state).toMatchObject({ stale: false, table: null });
});

it('keeps the last good numbers, marked stale, when a table is refused, and says nothing of it once it is gone', async () => {
  const { session } = await open();
  const { result } = session.state;
  session.openTable('ward.csv', 'WT;CRCL\n70;60\n');
  await vi.runAllTimersAsync();
  expect(session.state).toMatchObject({ result, stale: true, table: null });
  const errors = session.state.trouble?.kind === 'refused' ? session.state.trouble.errors : [];
  expect(errors.map(({ field }) => field)).toEqual(['cohort.table', 'cohort.table']);
  session.edit({ kind: 'table', name: null }, 'settle');
  expect(session.state.trouble).toBeNull();
  await vi.runAllTimersAsync();
  expect(session.state.stale).toBe(false);
});

it('computes nothing of a study whose table is not here until the file is opened, even with live off', async () => {
  const { session, engine } = await open({}, naming);
  expect(engine.calls).toHaveLength(1);
  expect(session.state).toMatchObject({ result: null, trouble: { kind: 'refused' } });
  const { study } = session.state;
  session.setLive(false);
  session.openTable('ward.csv', TABLE);
  await vi.runAllTimersAsync();
  // The same object: what a sharer saw is compared with a study that nobody has edited.
  expect(session.state.study).toBe(study);
  expect(session.state).toMatchObject({ trouble: null, stale: false, canUndo: false, table: { rows: 2 } });
  expect(engine.calls.at(-1)).toMatchObject({ table: TABLE, patients: undefined });
});

it('reads the same file anew, and an answer about the text before leaves the numbers stale', async () => {
  const { session, engine } = await open({ milliseconds: 1000 });
  session.openTable('ward.csv', TABLE);
  await vi.advanceTimersByTimeAsync(10);
  const longer = `${TABLE}90,30,no\n`;
  session.openTable('ward.csv', longer);
  expect(session.state.stale).toBe(true);
  await vi.runAllTimersAsync();
  expect(engine.calls.at(-1)?.table).toBe(longer);
  expect(session.state).toMatchObject({ stale: false, table: { rows: 3 } });
});

it('brings a removed table back by undo, and forgets texts that no step of the history names', async () => {
  const { session, engine } = await open();
  session.openTable('ward.csv', TABLE);
  session.edit({ kind: 'table', name: null }, 'settle');
  session.undo();
  await vi.runAllTimersAsync();
  expect(engine.calls.at(-1)?.table).toBe(TABLE);
  session.undo();
  settle(session, 6);
  session.openTable('other.csv', TABLE);
  expect(Object.keys(session.state.tables)).toEqual(['other.csv']);
});

it('says what is wrong with a file that is no table at all and leaves study and numbers as they are', async () => {
  const { session, engine } = await open();
  engine.calls.length = 0;
  const before = session.state;
  session.refuseTable('it is too large');
  expect(session.state).toEqual({
    ...before,
    trouble: { kind: 'refused', errors: [{ field: 'cohort.table', message: 'it is too large' }] },
  });
  await vi.runAllTimersAsync();
  expect(engine.calls).toEqual([]);
});

it('follows a patient beside the runs: none is superseded, and the answer is of the result on screen', async () => {
  const { session, engine } = await open();
  session.openTable('ward.csv', TABLE);
  await vi.runAllTimersAsync();
  const runs = engine.calls.length;
  session.follow(17);
  expect(session.state.followed).toEqual({ patient: 17, curves: null });
  await vi.runAllTimersAsync();
  expect(session.state.followed?.curves?.patients).toEqual([17]);
  expect(engine.asked).toEqual([{ study: session.state.study, patients: [17], table: TABLE }]);
  expect(engine.calls).toHaveLength(runs);
  session.follow(null);
  await vi.runAllTimersAsync();
  expect(session.state.followed).toBeNull();
  expect(engine.asked).toHaveLength(1);
});

it('looks a followed patient up in every new cohort until the cohort is too small', async () => {
  const { session, engine } = await open();
  session.follow(500);
  await vi.runAllTimersAsync();
  const before = session.state.followed?.curves;
  settle(session, 6);
  await vi.runAllTimersAsync();
  expect(engine.asked.at(-1)?.study.set).toEqual({ TVCL: 6 });
  expect(session.state.followed?.curves).not.toBe(before);
  session.edit({ kind: 'patients', value: 500 }, 'settle');
  await vi.runAllTimersAsync();
  expect(session.state.followed).toBeNull();
});

it('shows the patient asked for last, whatever order the choices came in', async () => {
  const { session } = await open();
  for (const patient of [3, 4, 5]) session.follow(patient);
  await vi.runAllTimersAsync();
  expect(session.state.followed).toMatchObject({ patient: 5, curves: { patients: [5] } });
});

it('shows a therapy that is being written, and computes it once it is without errors', async () => {
  const { session, engine } = await open();
  const runs = engine.calls.length;
  session.writeTherapy(0, 'dose WRONG');
  await vi.runAllTimersAsync();
  expect(session.state.drafts[0]?.diagnostics).toMatchObject([{ column: 6 }]);
  expect(session.state.study.arms?.[0]?.therapy).toBe('fixed');
  expect(engine.calls).toHaveLength(runs);
  session.writeTherapy(0, 'dose 5 [mg] into central');
  await vi.runAllTimersAsync();
  expect(session.state.drafts).toEqual({});
  expect(session.state.study.arms?.[0]?.therapy).toBe('dose 5 [mg] into central');
  expect(engine.calls.at(-1)?.study).toBe(session.state.study);
  session.undo();
  await vi.runAllTimersAsync();
  expect(session.state.study.arms?.[0]?.therapy).toBe('fixed');
});

it('offers a file of doses and uses it as it is told to: with its doses, a row a patient, or not at all', async () => {
  const { session, engine } = await open();
  const { study } = session.state;
  const text = 'ID,TIME,AMT,DV\n1,0,5,.\n';
  session.openTable('doses.csv', text);
  await vi.runAllTimersAsync();
  expect(session.state.offer).toMatchObject({ name: 'doses.csv', report: { subjects: 2 } });
  expect(session.state.study).toBe(study);
  session.decideOffer(null);
  expect(session.state).toMatchObject({ offer: null, tables: {} });
  expect(session.state.study).toBe(study);

  session.openTable('doses.csv', text);
  await vi.runAllTimersAsync();
  session.answerOffer({ read: { decimal: ',' } });
  session.answerOffer({ read: { delimiter: ';' }, compartments: { 1: 'central' } });
  await vi.runAllTimersAsync();
  session.decideOffer('doses');
  await vi.runAllTimersAsync();
  expect(session.state.study.cohort).toMatchObject({
    patients: 2,
    data: { file: 'doses.csv', read: { decimal: ',', delimiter: ';' }, compartments: { 1: 'central' } },
  });
  expect(session.state.study.arms).toEqual([{ name: 'data', therapy: 'data' }]);
  expect(session.state.study.time?.until).toBe('48 h');
  expect(engine.calls.at(-1)).toMatchObject({ table: text, patients: undefined });

  session.openTable('doses.csv', text);
  await vi.runAllTimersAsync();
  session.decideOffer('rows');
  await vi.runAllTimersAsync();
  expect(session.state.study.cohort).toMatchObject({ table: 'doses.csv' });
  expect(session.state.study.cohort?.data).toBeUndefined();
  expect(session.state.study.arms).toEqual(study.arms);
});

it('takes the file that a study of doses waits for without asking again', async () => {
  const data = { file: 'doses.csv', read: { decimal: ',' } } as const;
  const waiting: Study = { gemello: 1, model: { name: 'vancomycin' }, cohort: { patients: 2, data } };
  const { session, engine } = await open({}, waiting);
  session.openTable('copy.csv', 'ID;TIME;AMT\n1;0;5\n');
  await vi.runAllTimersAsync();
  expect(session.state.offer).toBeNull();
  expect(session.state.study.cohort?.data).toEqual(data);
  expect(engine.calls.at(-1)?.table).toBe('ID;TIME;AMT\n1;0;5\n');
});

it('offers to replay the doses given only where something was decided, for no more than it can look at', async () => {
  expect((await open()).session.state.replay).toBeNull();
  const { session, engine } = await open({ decided: true });
  expect(session.state.replay).toEqual({ kind: 'offered', patients: 1000 });
  expect(engine.audits).toEqual([]);
  session.edit({ kind: 'patients', value: 300 }, 'settle');
  await vi.runAllTimersAsync();
  expect(session.state.replay).toEqual({ kind: 'offered', patients: 300 });
});

it('replays the doses of the result on screen, says how far it is, and forgets the answer with the result', async () => {
  const { session, engine } = await open({ decided: true });
  session.audit();
  session.audit();
  await vi.advanceTimersByTimeAsync(25);
  expect(session.state.replay).toEqual({ kind: 'running', patients: 1000, finished: 500 });
  await vi.runAllTimersAsync();
  expect(engine.audits).toEqual([{ study: session.state.study, patients: 1000 }]);
  expect(session.state.replay).toMatchObject({ kind: 'done', reproduced: [true, true] });
  settle(session, 6);
  await vi.runAllTimersAsync();
  expect(session.state.replay).toEqual({ kind: 'offered', patients: 1000 });
});

it('keeps a replay that began on a preview when the full result of the same study comes', async () => {
  const { session, engine } = await open({ decided: true, milliseconds: 4000 });
  settle(session, 6);
  for (let waited = 0; !session.state.preview && waited < 4000; waited += 5)
    await vi.advanceTimersByTimeAsync(5);
  expect(session.state).toMatchObject({ preview: true, replay: { kind: 'offered' } });
  session.audit();
  await vi.runAllTimersAsync();
  expect(session.state).toMatchObject({ preview: false, replay: { kind: 'done' } });
  expect(engine.audits).toHaveLength(1);
});

it('stops a replay when asked, when another result comes, and never lets an old one speak', async () => {
  const { session, engine } = await open({ decided: true });
  session.audit();
  await vi.advanceTimersByTimeAsync(15);
  session.cancelAudit();
  expect(session.state.replay).toEqual({ kind: 'offered', patients: 1000 });
  await vi.runAllTimersAsync();
  expect(session.state.replay).toEqual({ kind: 'offered', patients: 1000 });
  session.audit();
  await vi.advanceTimersByTimeAsync(15);
  settle(session, 6);
  await vi.runAllTimersAsync();
  expect(session.state.replay).toEqual({ kind: 'offered', patients: 1000 });
  expect(engine.audits).toHaveLength(2);
});

it('says what went wrong with a replay and offers it again', async () => {
  const { session } = await open({ decided: true, audit: () => ({ kind: 'failed', message: 'no ledger' }) });
  session.audit();
  await vi.runAllTimersAsync();
  expect(session.state.replay).toEqual({ kind: 'failed', message: 'no ledger', patients: 1000 });
  session.audit();
  expect(session.state.replay).toMatchObject({ kind: 'running' });
});

it('takes a filter over once it has no errors, as one step to undo, and leaves the study until then', async () => {
  const { session, engine } = await open();
  engine.calls.length = 0;
  session.writeFilter('WRONG');
  await vi.runAllTimersAsync();
  expect(session.state.filter).toMatchObject({ text: 'WRONG', checked: true });
  expect(engine.calls).toEqual([]);
  session.writeFilter('CRCL < 60');
  session.writeFilter('CRCL < 60 [mL/min]');
  await vi.runAllTimersAsync();
  expect(session.state).toMatchObject({ filter: null, study: { cohort: { filter: 'CRCL < 60 [mL/min]' } } });
  expect(engine.calls).toHaveLength(1);
  session.undo();
  await vi.runAllTimersAsync();
  expect(session.state).toMatchObject({ edited: false, canUndo: false });
});

it('starts a target of bars from the cohort as it is drawn, and asks for that once', async () => {
  const { session, engine } = await open();
  await session.look('WT', undefined, true);
  await vi.runAllTimersAsync();
  const [target] = session.state.study.cohort?.weights ?? [];
  expect(target).toEqual({ of: 'WT', histogram: { edges: [30, 60, 90, 120], shares: [0.25, 0.5, 0.25] } });
  await session.look('WT', target?.histogram?.edges);
  expect(engine.looks).toEqual(['WT']);
  expect(session.state.spreads.WT?.shares).toEqual([0.25, 0.5, 0.25]);
  // Other patients are spread otherwise.
  session.edit({ kind: 'covariate', name: 'WT', value: { median: 60 } }, 'settle');
  await session.look('WT', target?.histogram?.edges);
  expect(engine.looks).toEqual(['WT', 'WT']);
});
