// The script of a worker thread that integrates chunks for the command line (devices.ts starts it).
import { parentPort } from 'node:worker_threads';
import nodeEndpoint from 'comlink/dist/esm/node-adapter';
import { serveLane } from '../engine/lane-host.ts';

if (!parentPort) throw new Error('lane-node runs in a worker thread only');
serveLane(nodeEndpoint(parentPort));
