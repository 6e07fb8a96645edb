// `gemello check`: diagnostics of a model, and with --checks the verdict on every one of its check lines.
import type { CheckCommand } from './arguments.ts';
import { compileOrFail, readModelText } from './input.ts';
import type { Io, Product } from './ports.ts';
import { openSession } from './run.ts';
import { checkLine } from './table.ts';

export async function check(command: CheckCommand, io: Io, product: Product): Promise<number> {
  const { text } = await readModelText(command.input, io, product);
  const model = compileOrFail(text, command.input, io, product);
  if (!command.checks) {
    const lines = model.checks.length;
    io.out(
      `${model.name}: no errors${lines > 0 ? `; --checks runs its ${lines} check line${lines === 1 ? '' : 's'}` : ''}\n`,
    );
    return 0;
  }
  const session = await openSession(command.backend, product);
  try {
    const outcomes = await session.checks(model, (outcome) => io.out(`${checkLine(outcome)}\n`));
    const passed = outcomes.filter(({ pass }) => pass).length;
    const { backend, precision } = session.info;
    io.out(`${model.name}: ${passed} of ${outcomes.length} checks pass on ${backend} (${precision})\n`);
    return passed === outcomes.length ? 0 : 1;
  } finally {
    session.dispose();
  }
}
