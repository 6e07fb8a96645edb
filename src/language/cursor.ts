// The parser's place in the text. After the first failure in a statement the cursor stands at the statement's end and
// says nothing more, so that every reading function may go on as if all were well and needs no way out of its own.
import type { Report, Span } from './diagnostic.ts';
import { KEYWORDS } from './reserved.ts';
import type { Word } from './syntax.ts';
import type { Token } from './tokens.ts';

export class Cursor {
  /** A statement's names as they are read, for a statement that breaks later. */
  defined: Word[] = [];
  /** The statement, or the line of it that is read, could not be understood. */
  failed = false;
  /** Bare units of time may follow numbers. */
  inTime = false;
  /** `at` belongs to the clause that follows, not to the value before it. */
  atEnds = false;
  /** `falls below` and `rises above` are read. */
  edges = false;
  depth = 0;
  private position = 0;
  private limit: number;

  constructor(
    readonly text: string,
    readonly report: Report,
    private readonly tokens: readonly Token[],
    /** Names that are followed by an argument. */
    readonly tables: ReadonlySet<string> = new Set(),
    /** Names of events in time, which `by` and `before` may follow. */
    readonly hazards: ReadonlySet<string> = new Set(),
  ) {
    this.limit = tokens.length;
  }

  /** Confines reading to the tokens from..to. */
  enter(from: number, to: number): void {
    this.position = from;
    this.limit = to;
    this.failed = false;
    this.inTime = false;
    this.atEnds = false;
    this.edges = false;
    this.depth = 0;
  }

  peek(ahead = 0): Token {
    const k = this.position + ahead;
    const token = this.tokens[k];
    if (token !== undefined && k < this.limit) return token;
    const last = this.tokens[this.limit - 1]?.span.end ?? 0;
    return {
      kind: 'end',
      text: '',
      span: { start: last, end: last },
      first: false,
      margin: false,
      indent: 0,
    };
  }

  get ended(): boolean {
    return this.position >= this.limit;
  }

  next(): Token {
    const token = this.peek();
    if (!this.ended) this.position++;
    return token;
  }

  /** End of the last token read. */
  get before(): number {
    return this.tokens[this.position - 1]?.span.end ?? 0;
  }

  is(text: string, ahead = 0): boolean {
    const token = this.peek(ahead);
    return token.text === text && (token.kind === 'sign' || token.kind === 'name');
  }

  take(text: string): boolean {
    if (!this.is(text)) return false;
    this.position++;
    return true;
  }

  expect(text: string, after: string, hint?: string): boolean {
    if (this.take(text)) return true;
    this.unexpected(`${text} ${after}`, hint);
    return false;
  }

  /** A name that is not a word of the language. */
  word(what: string): Word {
    const token = this.peek();
    if (token.kind !== 'name' || KEYWORDS.has(token.text)) {
      this.unexpected(what);
      return { name: '', span: token.span };
    }
    this.position++;
    return { name: token.text, span: token.span };
  }

  /** The name that a statement defines. */
  definedWord(what: string): Word {
    const token = this.peek();
    if (token.kind === 'name' && KEYWORDS.has(token.text)) {
      this.fail(
        token.span,
        `${token.text} is a word of the language and cannot be a name`,
        `choose another name, such as ${token.text}_1`,
      );
      return { name: '', span: token.span };
    }
    const word = this.word(what);
    if (!this.failed) this.defined.push(word);
    return word;
  }

  string(): string | null {
    if (this.peek().kind !== 'string') return null;
    return this.next().text;
  }

  /** Everything up to the next space, as in `source doi:10.1000/x` or `: mL/min`. */
  raw(stop: RegExp): { readonly text: string; readonly span: Span } | null {
    const start = this.peek().span.start;
    if (this.ended) return null;
    let end = start;
    while (end < this.text.length && !stop.test(this.text.charAt(end))) end++;
    if (end === start) return null;
    while (!this.ended && this.peek().span.start < end) this.position++;
    return { text: this.text.slice(start, end), span: { start, end } };
  }

  /** First failure of the statement: says it and goes to the end. */
  fail(span: Span, message: string, hint?: string): void {
    if (!this.failed) this.report.error(span, message, hint);
    this.failed = true;
    this.position = this.limit;
  }

  unexpected(expected: string, hint?: string): void {
    const token = this.peek();
    if (token.kind === 'wrong') this.fail(token.span, token.problem ?? 'unexpected sign', token.hint ?? hint);
    else if (token.kind === 'end')
      this.fail(token.span, `the statement ends where ${expected} is expected`, hint);
    else this.fail(token.span, `expected ${expected}, found ${shown(token)}`, hint);
  }

  /** Tries to read; comes back, with nothing said, when `attempt` returns null. */
  attempt<T>(attempt: () => T | null): T | null {
    const { position, failed, inTime, atEnds, edges, depth } = this;
    const mark = this.report.mark();
    const result = attempt();
    if (result !== null) return result;
    this.report.forget(mark);
    Object.assign(this, { position, failed, inTime, atEnds, edges, depth });
    return null;
  }

  /**
   * Reads the statement's remaining lines one by one, each beginning with one of `words`; a bad one spoils only itself.
   * Lines that are indented deeper than one that `owns` them belong to that one.
   */
  lines(words: readonly string[], read: (word: Token) => void, owns?: (word: Token) => boolean): boolean {
    const end = this.limit;
    let whole = true;
    while (!this.failed && this.position < end) {
      const word = this.peek();
      if (!words.includes(word.text)) {
        this.unexpected(
          words.length > 4 ? `a line that begins with ${words.join(', ')}` : words.join(' or '),
        );
        break;
      }
      const margin = owns?.(word) ? word.indent : Number.POSITIVE_INFINITY;
      const begins = (token: Token | undefined) =>
        token?.first === true && words.includes(token.text) && token.indent <= margin;
      let to = this.position + 1;
      while (to < end && !begins(this.tokens[to])) to++;
      this.limit = to;
      this.position++;
      read(word);
      if (!this.ended) this.unexpected('the end of the line');
      whole &&= !this.failed;
      this.failed = false;
      this.position = to;
      this.limit = end;
    }
    return whole && !this.failed;
  }

  /** Reads the tokens before the next line that begins with one of `words` as if the text ended there. */
  headOf<T>(words: readonly string[], read: () => T): T {
    const end = this.limit;
    let to = this.position;
    while (to < end && !(this.tokens[to]?.first && words.includes(this.tokens[to]?.text ?? ''))) to++;
    this.limit = to;
    const result = read();
    if (!this.ended) this.unexpected('the end of the line');
    this.limit = end;
    return result;
  }

  span(from: Span): Span {
    return { start: from.start, end: Math.max(from.end, this.before) };
  }
}

export function shown(token: Token): string {
  const text =
    token.kind === 'string' ? `"${token.text}"` : token.kind === 'unit' ? `[${token.text}]` : token.text;
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}
