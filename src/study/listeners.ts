// Everything of a Result that is counted patient by patient while the run goes on. In: a prepared study. Out: who listens,
// and what they report once the run is over. A preview has no listeners: its numbers are for a moment.
import type { Job } from '../engine/backend.ts';
import { listenForClouds } from './clouds.ts';
import { type Compared, listenForDifferences } from './differences.ts';
import type { EndpointListener } from './listen.ts';
import { mediansOf, type ReadColumns } from './medians.ts';
import type { Prepared } from './prepare.ts';
import { listenForResamples } from './resampling.ts';
import type { Difference, Result } from './result.ts';
import { settleSplit } from './splits.ts';
import { listenForStudies, type StudiesListener } from './studies.ts';
import { listenForSubgroups, type SubgroupListener } from './subgroups.ts';
import { listenForEvents, timedEvents } from './survival.ts';

export interface Listeners {
  readonly all: readonly EndpointListener[];
  /** Where the cohort is several simulated studies. */
  readonly trials: StudiesListener | null;
  /** The parts of the result that they make. */
  report(): Pick<Result, 'differences' | 'survival' | 'studies' | 'subgroups' | 'clouds'>;
}

export function openListeners(prepared: Prepared, preview: boolean): Listeners {
  const { plan, program, studies } = prepared;
  const names = plan.arms.map(({ name }) => name);
  const compared = comparedOf(prepared);
  const several = plan.arms.length > 1 && !preview;
  const differences = several ? listenForDifferences(compared) : null;
  const { resamples, seed, patients } = plan;
  const drawn =
    several && resamples !== undefined ? listenForResamples(compared, { resamples, seed, patients }) : null;
  const parts = preview ? null : subgroupsOf(prepared, compared);
  const timed = preview ? [] : timedEvents(plan.endpoints, plan.model.time, plan.until);
  const events = timed.length > 0 ? listenForEvents(names, plan.versus, timed) : null;
  const fields = {
    arms: names,
    outputs: program.outputs,
    endpoints: program.endpoints.slice(0, plan.endpoints.length),
  };
  const trials = studies.count > 1 ? listenForStudies(fields, studies.count, studies.each) : null;
  const clouds = prepared.clouds && !preview ? listenForClouds(prepared.clouds, fields) : null;
  return {
    all: [differences, drawn, parts, events, trials, clouds].filter((listener) => listener !== null),
    trials,
    report: () => {
      const intervals = drawn?.report();
      const withIntervals = (one: Difference, i: number): Difference => {
        const bootstrap = intervals?.[i];
        return bootstrap ? { ...one, bootstrap } : one;
      };
      return {
        ...(differences && { differences: differences.report().map(withIntervals) }),
        ...(events && { survival: events.report() }),
        ...(trials && { studies: trials.report() }),
        ...(parts && { subgroups: parts.report() }),
        ...(clouds && { clouds: clouds.report() }),
      };
    },
  };
}

/** null where the study asks for no parts. */
function subgroupsOf(prepared: Prepared, compared: Compared): SubgroupListener | null {
  const { plan } = prepared;
  const splits = plan.splits ?? [];
  if (splits.length === 0) return null;
  const columnsOf = columnsByPatient(prepared);
  const halved = splits.filter(({ cuts }) => cuts === 'median').map(({ column }) => column);
  const all = (first: number, count: number) => columnsOf(first)(first, count);
  const medians = mediansOf(all, plan.patients, halved, prepared.studies.each);
  const middle = (column: number) => medians[halved.indexOf(column)] ?? Number.NaN;
  return listenForSubgroups(
    splits.map((split) => settleSplit(split, middle(split.column))),
    compared,
    columnsOf,
  );
}

/** The reader of the study that a patient belongs to: studies differ in what covariates are drawn around. */
function columnsByPatient({ job, studies }: Prepared): (first: number) => ReadColumns {
  const readerOf =
    ({ columns }: Job): ReadColumns =>
    (first, count) =>
      columns.read(first, count);
  if (studies.count === 1) return () => readerOf(job);
  let known: { readonly study: number; readonly read: ReadColumns } | null = null;
  return (first) => {
    const study = Math.floor(first / studies.each);
    if (known?.study !== study) {
      const own = studies.jobOf(study);
      if ('field' in own) throw new RangeError(own.message);
      known = { study, read: readerOf(own) };
    }
    return known.read;
  };
}

function comparedOf({ plan, program, job }: Prepared): Compared {
  const { versus, better, rtol } = plan;
  return {
    arms: plan.arms.map(({ name }) => name),
    versus,
    endpoints: program.endpoints.slice(0, plan.endpoints.length).flatMap(({ name, unit, type }, e) => {
      const bins = job.bins.endpoints[e];
      const good = Object.hasOwn(better, name) ? better[name] : undefined;
      return bins ? [{ name, unit, type, bins, ...(good && { better: good }) }] : [];
    }),
    tolerance: rtol,
  };
}
