// A diagnostic: one thing wrong with a text, as a value. Rendering with the source line and a caret is `render`.

/** A half-open range of UTF-16 offsets in the model text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Diagnostic {
  readonly severity: 'error' | 'warning';
  readonly message: string;
  /** What to do about it: `did you mean CL?`. */
  readonly hint?: string;
  readonly span: Span;
  /** 1-based line and column of `span.start`, in UTF-16 units. */
  readonly line: number;
  readonly column: number;
}
