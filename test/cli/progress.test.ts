import { expect, test } from 'vitest';
import { progressLine, progressText } from '../../src/cli/progress.ts';

test.each([
  [0, 0, '0 %'],
  [0.4, 900, '40 %'],
  [0.25, 2000, '25 %, 6 s left'],
  [0.999, 10_000, '99 %, 1 s left'],
  [0.01, 5000, '1 %'],
  [0.05, 30_000, '5 %, 10 min left'],
  [1, 5000, '100 %'],
])('a share of %d after %i ms is %s', (share, elapsed, text) => {
  expect(progressText(share, elapsed)).toBe(text);
});

function line(interactive: boolean) {
  let time = 0;
  let drawn = '';
  const terminal = {
    interactive,
    draw: (text: string) => {
      drawn += text;
    },
  };
  const progress = progressLine(terminal, 1000, () => time);
  const at = (now: number, finished: number) => {
    time = now;
    progress.onProgress(finished);
    const last = drawn;
    drawn = '';
    return last;
  };
  const clear = () => {
    progress.clear();
    return drawn;
  };
  return { at, clear };
}

test('the line is drawn over itself, only when it changes, and wiped at the end', () => {
  const { at, clear } = line(true);
  expect(at(500, 100)).toBe('\r10 %');
  expect(at(600, 101)).toBe('');
  expect(at(2000, 500)).toBe('\r50 %, 2 s left');
  expect(at(4000, 1000)).toBe(`\r${'100 %'.padEnd('50 %, 2 s left'.length)}`);
  expect(clear()).toBe('\r     \r');
});

test('a run that starts over guesses anew', () => {
  const { at } = line(true);
  at(10_000, 1000);
  expect(at(10_500, 100)).toContain('10 %');
  expect(at(12_500, 500)).toContain('50 %, 2 s left');
});

test('nothing is drawn where nobody watches', () => {
  const { at, clear } = line(false);
  expect(at(2000, 500)).toBe('');
  expect(clear()).toBe('');
});
