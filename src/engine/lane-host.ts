// Lanes as the pool sees them: in this thread, or behind a message channel to a worker. In: what the host can start
// (a browser's Worker, Node's worker_threads through Comlink's adapter). Out: a LaneHandle. The worker's side is serveLane.
import { type Endpoint, expose, releaseProxy, transfer, wrap } from 'comlink';
import { createLane, type Lane } from './lane.ts';

export interface LaneHandle {
  readonly lane: Lane;
  /** Resolves with the reason when the lane can no longer answer. */
  readonly died: Promise<Error>;
  dispose(): void;
}

export function inProcessLane(): LaneHandle {
  return { lane: createLane(), died: new Promise(() => undefined), dispose: () => undefined };
}

/** In the worker: answers for a lane of its own. `endpoint` is by default the worker's own scope. */
export function serveLane(endpoint?: Endpoint): void {
  const lane = createLane();
  const served: Lane = {
    ...lane,
    run: async (job, chunk) => {
      const result = await lane.run(job, chunk);
      const { statuses, sums, individual } = result;
      const own = individual ? [individual.status.buffer, individual.endpoints.buffer] : [];
      return transfer(result, [statuses.buffer, sums.buffer, ...own]);
    },
    finish: async (job) => {
      const arms = await lane.finish(job);
      const histograms = arms.flatMap(({ outputs, endpoints }) => [...outputs, ...endpoints]);
      return transfer(
        arms,
        histograms.map(({ counts }) => counts.buffer),
      );
    },
  };
  if (endpoint === undefined) expose(served);
  else expose(served, endpoint);
}

/** A lane at the other end of a channel; `died` and `terminate` come from whoever started the worker. */
export function remoteLane(endpoint: Endpoint, died: Promise<Error>, terminate: () => void): LaneHandle {
  const proxy = wrap<Lane>(endpoint);
  return {
    lane: {
      compile: (program) => proxy.compile(program),
      begin: (job) => proxy.begin(job),
      run: (job, chunk) => proxy.run(job, transfer(chunk, [chunk.columns.buffer])),
      finish: (job) => proxy.finish(job),
      cancel: (job) => proxy.cancel(job),
      release: (program) => proxy.release(program),
    },
    died,
    dispose() {
      proxy[releaseProxy]();
      terminate();
    },
  };
}

/** A browser's worker that runs lane-worker.ts. */
export function workerLane(worker: Worker): LaneHandle {
  const died = new Promise<Error>((resolve) => {
    worker.addEventListener('error', (event) =>
      resolve(new Error(event.message || 'the worker could not start')),
    );
    worker.addEventListener('messageerror', () => resolve(new Error('a message to the worker was lost')));
  });
  return remoteLane(worker, died, () => worker.terminate());
}
