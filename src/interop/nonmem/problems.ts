// Collects what is wrong with a file, what it leaves open and what is worth knowing about how it was read.
// Problems are bounded in number and in the length of what they show; all of them are counted.
import type { Problem, Question, Refused } from './records.ts';

const SHOWN_PROBLEMS = 200;
const SHOWN_CHARACTERS = 60;

/** On one line and short: cells of a hostile file are neither. */
export function shown(text: string): string {
  let line = '';
  for (const letter of text.slice(0, SHOWN_CHARACTERS)) line += letter < ' ' ? ' ' : letter;
  return text.length > SHOWN_CHARACTERS ? `${line}...` : line;
}

export class Problems {
  private readonly kept: Problem[] = [];
  private readonly asked: Question[] = [];
  private readonly said = new Map<string, { readonly row: number; count: number }>();
  count = 0;

  add(row: number, column: string, value: string, message: string, remedy: string): void {
    this.count++;
    if (this.kept.length < SHOWN_PROBLEMS)
      this.kept.push({ row, column: shown(column), value: shown(value), message, remedy });
  }

  /** An option is asked for once: its answer holds for the whole file. */
  ask(question: Question): void {
    const { option } = question;
    if (option === 'columns' || this.asked.every((other) => other.option !== option))
      this.asked.push(question);
  }

  /** Said once with the number of lines and the first of them. */
  note(sentence: string, row: number): void {
    const before = this.said.get(sentence);
    if (before) before.count++;
    else this.said.set(sentence, { row, count: 1 });
  }

  get stops(): boolean {
    return this.count > 0 || this.asked.length > 0;
  }

  get notes(): string[] {
    return [...this.said].map(([sentence, { row, count }]) => {
      if (row === 0) return sentence;
      return count === 1 ? `line ${row}: ${sentence}` : `${count} lines from line ${row}: ${sentence}`;
    });
  }

  refused(): Refused {
    const problems = this.kept.toSorted((a, b) => a.row - b.row);
    return { kind: 'refused', problems, count: this.count, questions: this.asked };
  }
}
