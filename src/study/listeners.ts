// Everything of a Result that is counted patient by patient while the run goes on. In: a prepared study. Out: who listens,
// and what they report once the run is over. A preview has no listeners: its numbers are for a moment.
import { type DifferenceListener, listenForDifferences } from './differences.ts';
import type { EndpointListener } from './listen.ts';
import type { Prepared } from './prepare.ts';
import type { Result } from './result.ts';
import { listenForStudies, type StudiesListener } from './studies.ts';
import { listenForEvents, timedEvents } from './survival.ts';

export interface Listeners {
  readonly all: readonly EndpointListener[];
  /** Where the cohort is several simulated studies. */
  readonly trials: StudiesListener | null;
  /** The parts of the result that they make. */
  report(): Pick<Result, 'differences' | 'survival' | 'studies' | 'subgroups'>;
}

export function openListeners(prepared: Prepared, preview: boolean): Listeners {
  const { plan, program, studies } = prepared;
  const names = plan.arms.map(({ name }) => name);
  const differences = plan.arms.length > 1 && !preview ? compared(prepared) : null;
  const timed = preview ? [] : timedEvents(plan.endpoints, plan.model.time, plan.until);
  const events = timed.length > 0 ? listenForEvents(names, plan.versus, timed) : null;
  const fields = {
    arms: names,
    outputs: program.outputs,
    endpoints: program.endpoints.slice(0, plan.endpoints.length),
  };
  const trials = studies.count > 1 ? listenForStudies(fields, studies.count, studies.each) : null;
  return {
    all: [differences, events, trials].filter((listener) => listener !== null),
    trials,
    report: () => ({
      ...(differences && { differences: differences.report() }),
      ...(events && { survival: events.report() }),
      ...(trials && { studies: trials.report() }),
    }),
  };
}

function compared({ plan, program, job }: Prepared): DifferenceListener {
  const { versus, better, rtol } = plan;
  return listenForDifferences({
    arms: plan.arms.map(({ name }) => name),
    versus,
    endpoints: program.endpoints.slice(0, plan.endpoints.length).flatMap(({ name, unit, type }, e) => {
      const bins = job.bins.endpoints[e];
      const good = Object.hasOwn(better, name) ? better[name] : undefined;
      return bins ? [{ name, unit, type, bins, ...(good && { better: good }) }] : [];
    }),
    tolerance: rtol,
  });
}
