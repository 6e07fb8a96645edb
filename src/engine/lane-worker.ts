// The script of a browser worker that integrates chunks:
// workerLane(new Worker(new URL('./lane-worker.ts', import.meta.url), { type: 'module' })).
import { serveLane } from './lane-host.ts';

serveLane();
