// Which backend runs, why, and what happens when a GPU goes away: with backends made for the test.
import { describe, expect, it } from 'vitest';
import type { Program } from '../../src/codegen/program.ts';
import { type Backend, DeviceError, type Job, type Summary } from '../../src/engine/backend.ts';
import { type Devices, openEngine } from '../../src/engine/engine.ts';

const program = (name: string) => ({ name }) as unknown as Program;
const job = {} as Job;

interface Log {
  compiled: string[];
  disposed: string[];
}

/** A backend whose runs fail as `faults` says, one entry a run. */
function fakeBackend(name: Backend['name'], log: Log, faults: (Error | null)[] = []): Backend {
  return {
    name,
    precision: name === 'webgpu' ? 'f32' : 'f64',
    device: `a ${name}`,
    async compile(p) {
      log.compiled.push(`${name} ${p.name}`);
      return {
        program: p,
        compileMs: 5,
        async run() {
          const fault = faults.shift();
          if (fault) throw fault;
          return { patients: 1, arms: [] } as Summary;
        },
        individuals: async () => ({ patients: [], arms: [] }),
        dispose: () => void log.disposed.push(p.name),
      };
    },
    dispose: () => void log.disposed.push(name),
  };
}

function devices(
  log: Log,
  gpu: { software?: boolean; faults?: (Error | null)[]; absent?: string },
): Devices & { opened: () => number } {
  let opened = 0;
  return {
    opened: () => opened,
    webassembly: async () => fakeBackend('webassembly', log),
    webgpu: async () => {
      opened++;
      if (gpu.absent) return { reason: gpu.absent };
      return { backend: fakeBackend('webgpu', log, gpu.faults), software: gpu.software ?? false };
    },
  };
}
const newLog = (): Log => ({ compiled: [], disposed: [] });

describe('the choice of a backend', () => {
  it.each([
    ['a GPU', {}, 'auto', 'webgpu', /fastest/],
    ['a software adapter', { software: true }, 'auto', 'webassembly', /slower than WebAssembly/],
    ['a software adapter that was asked for', { software: true }, 'webgpu', 'webgpu', /asked for/],
    [
      'no adapter',
      { absent: 'this browser has no WebGPU' },
      'auto',
      'webassembly',
      /has no WebGPU, so WebAssembly/,
    ],
    ['no adapter though asked for', { absent: 'none here' }, 'webgpu', 'webassembly', /none here/],
    ['a GPU, but WebAssembly was asked for', {}, 'webassembly', 'webassembly', /asked for/],
  ] as const)('with %s says what runs and why', async (_, gpu, preference, backend, reason) => {
    const engine = await openEngine(devices(newLog(), gpu), preference);
    expect(engine.info.backend).toBe(backend);
    expect(engine.info.reason).toMatch(reason);
  });
});

describe('kernels', () => {
  it('are compiled once while the program stays the same, and let go when they are many', async () => {
    const log = newLog();
    const engine = await openEngine(devices(log, {}), 'webgpu');
    expect((await engine.run(program('a'), job)).compileMs).toBe(5);
    expect((await engine.run(program('a'), job)).compileMs).toBe(0);
    for (const name of ['b', 'c', 'd', 'e', 'f', 'g']) await engine.run(program(name), job);
    expect(log.compiled.filter((c) => c === 'webgpu a')).toHaveLength(1);
    await Promise.resolve();
    expect(log.disposed).toContain('a');
  });
});

describe('a GPU that is lost', () => {
  const lost = () => new DeviceError('the driver was reset');

  it('is opened again, and the run goes on', async () => {
    const gpu = devices(newLog(), { faults: [lost(), null] });
    const engine = await openEngine(gpu, 'auto');
    const ran = await engine.run(program('a'), job);
    expect(ran.summary.patients).toBe(1);
    expect(engine.info.backend).toBe('webgpu');
    expect(engine.info.reason).toContain('the driver was reset');
    expect(gpu.opened()).toBe(2);
  });

  it('is left for WebAssembly after the third loss, in words', async () => {
    const engine = await openEngine(devices(newLog(), { faults: [lost(), lost(), lost(), lost()] }), 'auto');
    const ran = await engine.run(program('a'), job);
    expect(ran.info.backend).toBe('webassembly');
    expect(engine.info.reason).toContain('lost 3 times');
    expect(ran.summary.patients).toBe(1);
  });

  it('does not hide another kind of failure', async () => {
    const engine = await openEngine(devices(newLog(), { faults: [new Error('stopped')] }), 'auto');
    await expect(engine.run(program('a'), job)).rejects.toThrow('stopped');
    expect(engine.info.backend).toBe('webgpu');
  });
});
