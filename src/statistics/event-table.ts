// Risk tables: how many were at risk, had an event or were censored at each time. In: exact times, or counts on a fine
// grid that add up in any order (a million patients in constant memory). Out: one EventTable, which survival, log-rank,
// hazard ratio and cumulative incidence read. Times in any one unit; at equal times events come before censoring.

/** Columns over ascending distinct times. Counts need not be whole: weighted patients count by their weight. */
export interface EventTable {
  readonly times: Float64Array;
  /** Just before each time. */
  readonly atRisk: Float64Array;
  /** Of all causes. */
  readonly events: Float64Array;
  readonly censored: Float64Array;
  /** Events of each competing cause; a single one where causes are not told apart. */
  readonly causes: readonly Float64Array[];
}

/**
 * From exact times: `cause[i]` is 0 for censored at times[i], k for an event of cause k = 1 .. causes.
 * `weights` (positive) count a patient as that many; variances then hold only for weights that are frequencies.
 */
export function eventTable(
  times: Float64Array,
  cause: ArrayLike<number>,
  causes = 1,
  weights?: Float64Array,
): EventTable {
  if (cause.length !== times.length || (weights && weights.length !== times.length))
    throw new RangeError(`${times.length} times, ${cause.length} causes; give one of each a patient`);
  const bad = times.findIndex((t) => !(t >= 0 && t < Number.POSITIVE_INFINITY));
  if (bad >= 0)
    throw new RangeError(
      `time ${times[bad]} of patient ${bad + 1}; use a finite one from 0, and censor what never comes`,
    );
  const distinct = times
    .slice()
    .sort()
    .filter((t, i, sorted) => i === 0 || t !== sorted[i - 1]);
  const table = emptyTable(distinct, causes);
  for (let i = 0; i < times.length; i++) {
    const row = firstAt(distinct, times[i] ?? 0);
    const k = cause[i] ?? 0;
    if (!Number.isInteger(k) || k < 0 || k > causes)
      throw new RangeError(`cause ${k} of patient ${i + 1}; use 0 (censored) to ${causes}`);
    const weight = weights?.[i] ?? 1;
    if (!(weight > 0))
      throw new RangeError(`weight ${weight} of patient ${i + 1}; leave out who counts for nothing`);
    const into = k === 0 ? table.censored : table.causes[k - 1];
    if (into) into[row] = (into[row] ?? 0) + weight;
  }
  return countDown(table);
}

function emptyTable(times: Float64Array, causes: number): EventTable {
  const column = () => new Float64Array(times.length);
  return {
    times,
    atRisk: column(),
    events: column(),
    censored: column(),
    causes: Array.from({ length: causes }, column),
  };
}

/** Totals over causes, and who is at risk: everyone whose time is still to come. */
function countDown(table: EventTable): EventTable {
  let left = 0;
  for (let i = table.times.length - 1; i >= 0; i--) {
    let events = 0;
    for (const column of table.causes) events += column[i] ?? 0;
    table.events[i] = events;
    left += events + (table.censored[i] ?? 0);
    table.atRisk[i] = left;
  }
  return table;
}

/** Integer counts per bin (edges[j], edges[j + 1]] and cause. Time 0 is in the first bin. */
export interface EventCounts {
  readonly edges: Float64Array;
  readonly causes: readonly Float64Array[];
  readonly censored: Float64Array;
}

/** No patients yet. `edges` ascend; nobody may leave after the last one: censor there who stays until the end. */
export function createEventCounts(edges: Float64Array, causes = 1): EventCounts {
  if (edges.length < 2) throw new RangeError(`${edges.length} edges; give at least 2`);
  for (let i = 1; i < edges.length; i++)
    if (!((edges[i] ?? 0) > (edges[i - 1] ?? 0)))
      throw new RangeError(`edge ${edges[i]} follows ${edges[i - 1]}; edges must ascend`);
  const bins = edges.length - 1;
  return {
    edges,
    causes: Array.from({ length: causes }, () => new Float64Array(bins)),
    censored: new Float64Array(bins),
  };
}

/** Counts one patient, by a weight: `cause` 0 for censored, k for an event of cause k, at `time` within the edges. */
export function countEvent(counts: EventCounts, time: number, cause: number, weight = 1): void {
  const { edges } = counts;
  const last = edges.length - 1;
  if (!(time >= (edges[0] ?? 0) && time <= (edges[last] ?? 0)))
    throw new RangeError(`time ${time} outside ${edges[0]} .. ${edges[last]}; censor at the last edge`);
  let low = 0;
  let high = last - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (time <= (edges[middle + 1] ?? 0)) high = middle;
    else low = middle + 1;
  }
  const into = cause === 0 ? counts.censored : counts.causes[cause - 1];
  if (!into) throw new RangeError(`cause ${cause}; use 0 (censored) to ${counts.causes.length}`);
  into[low] = (into[low] ?? 0) + weight;
}

/**
 * The risk table of counts, with every event at its bin's right edge. `during` says how those censored inside a bin
 * are treated: `end` keeps them at risk for the bin (exact when censoring falls on edges, as at the end of a trial);
 * `half` counts them as half a person (the actuarial estimate, Cutler and Ederer, J. Chronic Dis. 1958;8:699).
 */
export function gridTable(counts: EventCounts, during: 'end' | 'half' = 'end'): EventTable {
  const table = emptyTable(counts.edges.slice(1), counts.causes.length);
  table.censored.set(counts.censored);
  table.causes.forEach((column, k) => {
    column.set(counts.causes[k] ?? []);
  });
  countDown(table);
  if (during === 'half')
    for (let i = 0; i < table.atRisk.length; i++)
      table.atRisk[i] = (table.atRisk[i] ?? 0) - (table.censored[i] ?? 0) / 2;
  return table;
}

/** Number at risk at each of `times`: the row under a Kaplan-Meier chart. */
export function numberAtRisk(table: EventTable, times: ArrayLike<number>): Float64Array {
  return Float64Array.from(times, (t) => table.atRisk[firstAt(table.times, t)] ?? 0);
}

/** Index of the first of ascending `times` that is at or after t; their number when there is none. */
export function firstAt(times: Float64Array, t: number): number {
  let low = 0;
  let high = times.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((times[middle] ?? 0) >= t) high = middle;
    else low = middle + 1;
  }
  return low;
}
