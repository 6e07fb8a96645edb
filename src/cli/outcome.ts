// An Outcome of the study layer, or a Failure in words. What was refused is named by its field of the study.
import type { Outcome } from '../study/prepare.ts';
import { describeErrors } from '../study/schema.ts';
import { asOptions } from './data-options.ts';
import { Failure } from './input.ts';

export function settled<T>(outcome: Outcome<T>): T {
  switch (outcome.kind) {
    case 'done':
      return outcome;
    case 'refused':
      throw new Failure(asOptions(describeErrors(outcome.errors)));
    case 'diagnostics':
      throw new Failure(
        outcome.diagnostics.map(({ line, column, message }) => `${line}:${column} ${message}`).join('\n'),
      );
    default:
      return outcome satisfies never;
  }
}
