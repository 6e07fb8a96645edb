// What all charts of this page share: drawn at once, from points as they are, without pointers of Chart.js's own.
import type { ChartOptions } from 'chart.js';

/** Fresh at every call: Chart.js writes into what it is given. */
export const still = () =>
  ({
    animation: false,
    parsing: false,
    normalized: true,
    responsive: true,
    maintainAspectRatio: false,
    events: [],
  }) satisfies ChartOptions<'line'>;
