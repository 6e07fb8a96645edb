// How many numbers a draw stream needs: the occurrences of its schedules within the run. In: a DrawStream, the horizon,
// values of names (NaN for what differs between patients). Out: rows of the table; a bound where nothing tells.
import { evaluate } from '../language/evaluate.ts';
import type { Expression } from '../language/expression.ts';
import type { DrawSchedule, DrawStream } from './happenings.ts';

/** Where patients' own times decide: visits or doses beyond it end the patient as 'event storm'. */
export const MOST_ROWS = 1000;

export function drawRows(stream: DrawStream, horizon: number, value: (name: string) => number): number {
  const rows = ({ start, interval, count, beside = [] }: DrawSchedule): number =>
    beside.reduce((sum, other) => sum + rows(other), own(start, interval, count));
  const own = (start: Expression, interval: Expression, count: Expression): number => {
    const [from, apart, times] = [start, interval, count].map((e) => evaluate(e, value));
    const most = times !== undefined && Number.isFinite(times) ? Math.max(0, Math.round(times)) : MOST_ROWS;
    if (from === undefined || apart === undefined || !(apart > 0)) return Math.min(most, MOST_ROWS);
    // A start that is not known is taken as the earliest there is; one more for the rounding to ticks.
    const room = horizon - (Number.isFinite(from) ? from : 0);
    return Math.min(most, Math.max(0, Math.floor(room / apart) + 2));
  };
  return Math.max(0, ...stream.schedules.map(rows));
}
