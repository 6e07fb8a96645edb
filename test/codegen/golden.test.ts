// Generated shaders as reviewed files: what the writer makes of a fixture is test/golden/<name>.wgsl, byte for byte, and
// the whole program compiles. After a wanted change: GEMELLO_UPDATE_GOLDEN=1 npx vitest run test/codegen/golden.test.ts
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { lower } from '../../src/codegen/lower.ts';
import { METHODS, RODAS4, TSIT5 } from '../../src/codegen/methods.ts';
import type { Program } from '../../src/codegen/program.ts';
import { writeWgsl } from '../../src/codegen/wgsl.ts';
import { openNodeGpu } from '../../src/engine/node-gpu.ts';
import { linkProgram } from '../../src/engine/webgpu.ts';
import { compile } from '../../src/language/compile.ts';
import { LIBRARY } from '../../src/study/library.ts';
import { FIXTURES } from './fixtures.ts';

/** The shipped models with all their therapies and endpoints, from text to shader. */
const SHIPPED: readonly Program[] = LIBRARY.flatMap(({ text }) => {
  const { model } = compile(text);
  if (!model) return [];
  const { therapies, endpoints } = model;
  return [lower(model, { method: TSIT5, therapies, endpoints }).program];
});
/** One stiff step for review: the model that is chosen to run with it. */
const STIFF = SHIPPED.filter(({ name }) => name === 'hiv_chronic').map((program) => ({
  ...program,
  name: `${program.name}_stiff`,
  method: RODAS4,
}));
const PROGRAMS = [...FIXTURES, ...SHIPPED, ...STIFF];

/** Dawn's null backend checks shaders without any adapter. */
const checker = await openNodeGpu(['backend=null']);
afterAll(() => {
  if ('device' in checker) checker.device.destroy();
});

describe('the WGSL of a program', () => {
  it.each(PROGRAMS)('is the reviewed one for $name', (program) => {
    const file = new URL(`../golden/${program.name}.wgsl`, import.meta.url);
    const { model, step, occurrences } = writeWgsl(program);
    const instants = occurrences === null ? '' : `\n// ---- module occurrences ----\n\n${occurrences}`;
    const text = `${model}\n// ---- module step ----\n\n${step}${instants}`;
    if (process.env.GEMELLO_UPDATE_GOLDEN || !existsSync(file)) {
      expect(process.env.CI, `${file.pathname} is missing`).toBeUndefined();
      writeFileSync(file, text);
    }
    expect(text).toBe(readFileSync(file, 'utf8'));
  });

  it.each(PROGRAMS.flatMap((program) => Object.values(METHODS).map((method) => ({ ...program, method }))))(
    'compiles for $name with $method.name',
    async (program) => {
      if (!('device' in checker)) throw new Error(checker.reason);
      const module = checker.device.createShaderModule({ code: linkProgram(program).code });
      const { messages } = await module.getCompilationInfo();
      expect(messages.filter((m) => m.type === 'error').map((m) => `${m.lineNum}: ${m.message}`)).toEqual([]);
    },
  );
});
