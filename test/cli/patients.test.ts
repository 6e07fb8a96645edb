import { expect, test, vi } from 'vitest';
import { nodeDevices } from '../../src/cli/devices.ts';
import { createProduct } from '../../src/cli/product.ts';
import { fastSampling } from '../../src/engine/sampling.ts';
import { libraryModel } from '../../src/study/library.ts';
import { describePatients } from '../../src/study/patients.ts';

vi.mock('../../src/engine/sampling.ts', async (original) => {
  const real = await original<{ fastSampling: typeof fastSampling }>();
  return { ...real, fastSampling: vi.fn(real.fastSampling) };
});

test('patients for a file are drawn as fast as those of a run, with the bits of the plain reading', async () => {
  const session = await createProduct(nodeDevices({ lanes: 0 })).open('webassembly');
  try {
    const outcome = await session.patients({ gemello: 1, model: { name: 'vancomycin' } }, {}, 5, 300);
    expect(fastSampling).toHaveBeenCalled();
    const { model } = createProduct(nodeDevices({ lanes: 0 })).compile(
      libraryModel('vancomycin')?.text ?? '',
    );
    if (!model || outcome.kind !== 'done') throw new Error('vancomycin cannot be read');
    expect(outcome.table).toEqual(describePatients(model, { seed: '1', cohort: {} }, 5, 300));
  } finally {
    session.dispose();
  }
});
