// The lines of a therapy: doses, memories, changes at times, rules, events. In: a cursor behind `therapy`, or at the
// first line of an arm's own text. Out: the clauses that could be read; a bad line spoils only itself.
import type { Cursor } from './cursor.ts';
import type { Span } from './diagnostic.ts';
import { actions, atOnce, event } from './parse-actions.ts';
import { dose } from './parse-dose.ts';
import { memory } from './parse-dynamics.ts';
import { beforeAt, expression, timeExpression } from './parse-expression.ts';
import { head } from './parse-population.ts';
import type { Syntax, TherapyStatement } from './syntax.ts';
import type { ActionSyntax, BranchSyntax, Clause, InterventionSyntax, RuleSyntax } from './syntax-therapy.ts';
import { ACTIONS, THERAPY_LINES } from './therapy-words.ts';

const BRANCHES: readonly string[] = ['if', 'else', ...ACTIONS];

export function therapy(cursor: Cursor, start: Span): TherapyStatement {
  const parts = head(cursor, 'therapy');
  return { kind: 'therapy', ...parts, clauses: clauses(cursor), span: cursor.span(start) };
}

export function clauses(cursor: Cursor): readonly Clause[] {
  const read: Clause[] = [];
  const one = (word: string, start: Span): Clause => {
    if (word === 'dose') return { kind: 'dose', dose: dose(cursor, start) };
    if (word === 'memory') return { kind: 'memory', memory: memory(cursor, start) };
    if (word === 'rule') return { kind: 'rule', rule: rule(cursor, start) };
    if (word === 'when') return { kind: 'event', event: event(cursor, start) };
    return { kind: 'intervention', intervention: intervention(cursor, word, start) };
  };
  beforeAt(cursor, () =>
    cursor.lines(
      THERAPY_LINES,
      (word) => {
        cursor.defined = [];
        const clause = one(word.text, word.span);
        if (!cursor.failed) read.push(clause);
        else if (word.text === 'memory' && cursor.defined.length > 0)
          read.push({ kind: 'broken', names: cursor.defined });
      },
      (word) => word.text === 'rule' || word.text === 'when',
    ),
  );
  return read;
}

/** `set daily = 4 [mg], level = 2 at 7 d every 7 d times 3`; the cursor stands behind the first word. */
function intervention(cursor: Cursor, word: string, start: Span): InterventionSyntax {
  const done = actions(cursor, { text: word, span: start });
  const dosed = done.find((a) => a.kind === 'dose');
  if (dosed !== undefined)
    cursor.fail(dosed.span, 'a dose has a line of its own', 'write dose 100 [mg] into central from 24 h');
  cursor.expect('at', `and the time of ${word}`, `write ${word} ... at 24 h, or at 24 h every 24 h times 3`);
  const from = timeExpression(cursor);
  const repeated = repetition(cursor, 'the line');
  return { actions: done, from, ...repeated, span: cursor.span(start) };
}

interface Repetition {
  readonly every: Syntax | null;
  readonly times: Syntax | null;
  readonly until: Syntax | null;
}

/** `every I times N` or `every I until T`, up to the end. */
function repetition(cursor: Cursor, what: string, hint?: string): Repetition {
  const found: { -readonly [K in keyof Repetition]: Syntax | null } = {
    every: null,
    times: null,
    until: null,
  };
  while (!cursor.ended) {
    const token = cursor.peek();
    const clause = (['every', 'times', 'until'] as const).find((c) => c === token.text);
    if (clause === undefined) cursor.unexpected(`every, times, until or the end of ${what}`, hint);
    else if (found[clause] !== null) cursor.fail(token.span, `${clause} is given twice`);
    else {
      cursor.next();
      found[clause] = clause === 'times' ? expression(cursor) : timeExpression(cursor);
    }
  }
  return found;
}

const IF_SHAPE = 'write on a line below: if INR > 4 : hold for 2 d, or else : set daily = 5 [mg]';

function rule(cursor: Cursor, start: Span): RuleSyntax {
  const opening = cursor.headOf(BRANCHES, () => {
    const parts = head(cursor, 'rule');
    const at: Syntax[] = [];
    let from: Syntax | null = null;
    if (cursor.take('at')) {
      do at.push(timeExpression(cursor));
      while (cursor.take(','));
    } else if (cursor.take('from')) from = timeExpression(cursor);
    return { ...parts, from, at, ...repetition(cursor, 'the first line of the rule', IF_SHAPE) };
  });
  const branches: BranchSyntax[] = [];
  const whole = cursor.lines(
    BRANCHES,
    (word) => {
      const read = branch(cursor, word);
      if (!cursor.failed) branches.push(read);
    },
    (word) => word.text === 'if' || word.text === 'else',
  );
  // A branch that is missing would change what the others mean.
  if (!whole) cursor.failed = true;
  return { ...opening, branches, span: cursor.span(start) };
}

function branch(cursor: Cursor, word: { readonly text: string; readonly span: Span }): BranchSyntax {
  const bare = word.text !== 'if' && word.text !== 'else';
  if (bare) {
    const done: readonly ActionSyntax[] = actions(cursor, word);
    return { kind: 'bare', condition: null, confirmed: null, actions: done, span: cursor.span(word.span) };
  }
  let condition: Syntax | null = null;
  let confirmed: Syntax | null = null;
  if (word.text === 'if' || cursor.take('if')) {
    condition = expression(cursor);
    if (cursor.take('confirmed')) {
      confirmed = expression(cursor);
      if (!cursor.take('time')) cursor.expect('times', 'after confirmed', 'write confirmed 2 times');
    }
  }
  cursor.expect(':', condition === null ? 'after else' : 'and what is done after the condition', IF_SHAPE);
  const done = atOnce(cursor);
  const kind = condition === null ? 'else' : 'if';
  return { kind, condition, confirmed, actions: done, span: cursor.span(word.span) };
}
