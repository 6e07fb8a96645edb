// Which way is good, said after a run: the same as a run that knew.
import { expect, it } from 'vitest';
import { type Compared, listenForDifferences } from '../../src/study/differences.ts';
import { judge } from '../../src/study/judge.ts';
import type { Result } from '../../src/study/result.ts';

const bins = { mantissaBits: 10, low: -20, high: 12, signed: false };
type Way = 'higher' | 'lower' | undefined;

/** `gained` of 100 patients have the condition in the second arm only, `lost` in the first only. */
function run(way: Way, gained: number, lost: number) {
  const compared: Compared = {
    arms: ['placebo', 'drug'],
    versus: 0,
    endpoints: [
      { name: 'auc', unit: 'mg*h/L', type: 'value', bins, ...(way && { better: way }) },
      { name: 'hit', unit: '', type: 'probability', bins, ...(way && { better: way }) },
    ],
    tolerance: 1e-4,
  };
  const listener = listenForDifferences(compared);
  const count = 100;
  const arm = (scale: number, has: (i: number) => boolean) => ({
    status: new Uint8Array(count),
    endpoints: Float64Array.from({ length: 2 * count }, (_, i) =>
      i < count ? scale * (1 + i) : Number(has(i - count)),
    ),
  });
  listener.onEndpoints({
    first: 0,
    count,
    arms: [arm(1, (i) => i >= gained && i < gained + lost), arm(1.2, (i) => i < gained)],
  });
  const differences = listener.report();
  const group = { of: 'SEX', label: 'SEX male', patients: count, arms: [], differences };
  return { differences, subgroups: [group] } as Pick<Result, 'differences' | 'subgroups'> as Result;
}

const ways: readonly Way[] = [undefined, 'higher', 'lower'];
it.each(
  ways.flatMap((before) =>
    ways.flatMap((after) => [[before, after, 40, 5] as const, [before, after, 9, 8] as const]),
  ),
)('from %s to %s, of %i who gain and %i who lose', (before, after, gained, lost) => {
  const better = after === undefined ? {} : { auc: after, hit: after };
  expect(judge(run(before, gained, lost), better)).toEqual(run(after, gained, lost));
});

it('leaves endpoints alone that are not asked about', () => {
  const [auc, hit] = judge(run('lower', 40, 5), { hit: 'higher' }).differences ?? [];
  expect(auc?.better).toBeUndefined();
  expect(hit?.nnt?.kind).toBe('benefit');
});
