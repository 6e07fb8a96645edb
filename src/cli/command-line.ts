// The command line: arguments in, exit status out (0 done, 1 the model, study or device failed, 2 misuse, 130 stopped).
// Says everything through Io; reads no global state.
import { parseCommand } from './arguments.ts';
import { check } from './check.ts';
import { inWords } from './input.ts';
import type { Io, Product } from './ports.ts';
import { run } from './run.ts';
import { terminal } from './terminal.ts';
import { helpText, UsageError } from './usage.ts';

export async function commandLine(argv: readonly string[], world: Io, product: Product): Promise<number> {
  const io = terminal(world);
  try {
    const command = parseCommand(argv);
    switch (command.kind) {
      case 'help':
        io.out(helpText(command.command));
        return 0;
      case 'version':
        io.out(`${product.version}\n`);
        return 0;
      case 'models':
        io.out(modelList(product));
        return 0;
      case 'check':
        return await check(command, io, product);
      case 'run':
        return await run(command, io, product);
      default:
        return command satisfies never;
    }
  } catch (error) {
    if (io.signal.aborted) {
      io.err('stopped\n');
      return 130;
    }
    if (error instanceof UsageError) {
      io.err(`gemello: ${error.message}${error.hint === '' ? '' : ` - ${error.hint}`}\n`);
      return 2;
    }
    io.err(`${inWords(error)}\n`);
    return 1;
  }
}

function modelList({ models, compile }: Product): string {
  const width = Math.max(0, ...models.map(({ name }) => name.length));
  const lines = models.map(({ name, text }) => `${name.padEnd(width)}  ${compile(text).model?.title ?? ''}`);
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}
