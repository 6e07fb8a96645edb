// Therapies while they are written: when a text is checked, when it is taken over, and who wins.
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Drafts, type DraftsByArm } from '../../src/app/drafts.ts';
import type { Diagnostic } from '../../src/language/diagnostic.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const fault = (severity: Diagnostic['severity']): Diagnostic => ({
  severity,
  message: 'no',
  span: { start: 0, end: 1 },
  line: 1,
  column: 1,
});

function writing(wait = 0) {
  const checked: string[] = [];
  const accepted: [number, string][] = [];
  let shown: DraftsByArm = {};
  const drafts = new Drafts({
    async check(text) {
      checked.push(text);
      await new Promise((resolve) => setTimeout(resolve, text === 'slow' ? wait : 0));
      return text === 'bad' ? [fault('error')] : text === 'odd' ? [fault('warning')] : [];
    },
    changed: (next) => {
      shown = next;
    },
    accept: (arm, text) => void accepted.push([arm, text]),
  });
  return { drafts, checked, accepted, shown: () => shown };
}

it('checks after a pause, not at every key, and takes over a text without errors', async () => {
  const { drafts, checked, accepted, shown } = writing();
  for (const text of ['d', 'do', 'dose']) drafts.write(1, text);
  expect(shown()[1]?.text).toBe('dose');
  await vi.runAllTimersAsync();
  expect(checked).toEqual(['dose']);
  expect(accepted).toEqual([[1, 'dose']]);
  expect(shown()).toEqual({});
});

it('keeps a text with an error, with what is wrong, and takes nothing over', async () => {
  const { drafts, accepted, shown } = writing();
  drafts.write(0, 'bad');
  await vi.runAllTimersAsync();
  expect(accepted).toEqual([]);
  expect(shown()[0]).toMatchObject({ text: 'bad', checked: true, diagnostics: [{ severity: 'error' }] });
});

it('shows warnings of a text that it takes over', async () => {
  const { drafts, accepted, shown } = writing();
  drafts.write(0, 'odd');
  await vi.runAllTimersAsync();
  expect(accepted).toEqual([[0, 'odd']]);
  expect(shown()[0]?.diagnostics).toHaveLength(1);
});

it('drops the answer about a text that has changed meanwhile', async () => {
  const { drafts, accepted } = writing(1000);
  drafts.write(0, 'slow');
  await vi.advanceTimersByTimeAsync(300);
  drafts.write(0, 'bad');
  await vi.runAllTimersAsync();
  expect(accepted).toEqual([]);
});

it('writes two arms beside each other, and forgets all when the arms change', async () => {
  const { drafts, accepted, shown } = writing();
  drafts.write(0, 'one');
  drafts.write(1, 'two');
  await vi.runAllTimersAsync();
  expect(accepted).toEqual([
    [0, 'one'],
    [1, 'two'],
  ]);
  drafts.write(0, 'three');
  drafts.clear();
  await vi.runAllTimersAsync();
  expect(accepted).toHaveLength(2);
  expect(shown()).toEqual({});
});
