// What a NONMEM-style table is once it is read: patients with doses, observations and covariates, and what became of
// every line of the file. Types only. Amounts, times and covariates are in the file's units, which the file does not
// tell: whoever calls says them. Nothing here knows a model; compartments are numbers or names as in the file.

export type EventKind = 1 | 2 | 3 | 4 | 8;

/** Where a thing stands in a patient's course: what both events and observations say. */
export interface Moment {
  /** Line of the file as an editor counts (the header's is usually 1). */
  readonly row: number;
  /** On the clock of its occasion, never negative. */
  readonly time: number;
  /** 0 at first; one more wherever a reset (EVID 3, 4) sets the clock back. Occasions follow one another. */
  readonly occasion: number;
  /**
   * Position among all events and observations of the patient, from 0. Things at one time happen in this order: as the
   * file has them, additional doses (ADDL) before the lines of the file at their time.
   */
  readonly sequence: number;
}

/** A line with EVID 1, 2, 3, 4 or 8, or one additional dose of it. */
export interface RecordEvent extends Moment {
  readonly evid: EventKind;
  /** 0 for EVID 2 and 3, and for a constant infusion at steady state (SS with AMT 0 and a rate). */
  readonly amount: number;
  /** 0: all at once; > 0: an infusion over amount / rate; -1: the model's rate; -2: the model's duration. */
  readonly rate: number;
  /** null: the model's default for doses. */
  readonly compartment: number | string | null;
  readonly ss: 0 | 1 | 2 | 3;
  /** Interval of the steady state; 0 where `ss` is 0 (ADDL is expanded) and for a constant infusion. */
  readonly ii: number;
  /** 0: the dose on the line itself; k: its k-th additional dose. */
  readonly additional: number;
}

/** The measured value is only known to lie below or above a limit of the assay. */
export interface Censored {
  readonly kind: 'below' | 'above';
  readonly limit: number;
  /** The other end of the interval where the file has LIMIT; else null. */
  readonly bound: number | null;
}

/** A line with EVID 0. */
export interface RecordObservation extends Moment {
  /** DV as the file has it; null where it is missing. A censored value may be anything: `censored` counts. */
  readonly value: number | null;
  /** Not to be compared with a prediction: MDV 1, or the value is missing and not censored. */
  readonly mdv: boolean;
  readonly dvid: number | string | null;
  readonly compartment: number | string | null;
  readonly censored: Censored | null;
}

export type CovariateValue = number | string;

/** A covariate's value on a line of the file; lines where it is missing have none. */
export interface CoursePoint extends Moment {
  readonly value: CovariateValue;
}

export interface RecordCovariate {
  readonly name: string;
  /** The one value; where it varies the value on the patient's first line; null where that is missing. */
  readonly baseline: CovariateValue | null;
  /** All known values where they are not all the same, else empty. */
  readonly course: readonly CoursePoint[];
}

export interface Subject {
  readonly id: string;
  /** The patient's first line. */
  readonly row: number;
  /** In `sequence`. */
  readonly events: readonly RecordEvent[];
  readonly observations: readonly RecordObservation[];
  /** Same names in the same order for every patient. */
  readonly covariates: readonly RecordCovariate[];
}

/** What the reader takes a column for. `comment` is the C column; `occ` is read as a covariate is, and numbers occasions. */
export type Role =
  | 'id'
  | 'time'
  | 'date'
  | 'dv'
  | 'amt'
  | 'rate'
  | 'dur'
  | 'evid'
  | 'mdv'
  | 'cmt'
  | 'addl'
  | 'ii'
  | 'ss'
  | 'dvid'
  | 'cens'
  | 'lloq'
  | 'uloq'
  | 'limit'
  | 'occ'
  | 'comment'
  | 'covariate'
  | 'ignore';

export interface RecordColumn {
  /** As in the header, without its unit. */
  readonly name: string;
  readonly role: Role;
  /** Text in brackets in the header, `WT [kg]`; not interpreted. */
  readonly unit: string | null;
  /** From 1. */
  readonly position: number;
  /** Categories of a covariate in words, sorted; null for numbers and for all other columns. */
  readonly categories: readonly string[] | null;
}

export type Became =
  | 'header'
  | 'comment'
  | 'blank'
  | 'observation'
  | 'missing observation'
  | 'dose'
  | 'infusion end'
  | 'other event'
  | 'reset'
  | 'reset and dose'
  | 'replacement';

/** What became of one line of the file. */
export interface Accounted {
  readonly row: number;
  readonly became: Became;
  /** Index into `subjects`; -1 for header, comment and blank lines. */
  readonly subject: number;
  /** Doses that come of it, additional ones included. */
  readonly doses: number;
  /** Additional doses that a later reset cancelled. */
  readonly cancelled: number;
  /** Covariates whose value differs from the patient's line before. */
  readonly changes: readonly string[];
}

export interface Problem {
  readonly row: number;
  /** As in the header; '' where the whole line is meant. */
  readonly column: string;
  readonly value: string;
  readonly message: string;
  readonly remedy: string;
}

/** Something the file leaves open. Put one of the answers' `options` into the options and read again. */
export interface Question {
  /** The option that answers it. */
  readonly option: keyof ReadOptions;
  readonly message: string;
  /** First line it is about; 1 for the file as a whole. */
  readonly row: number;
  readonly column: string;
  readonly answers: readonly { readonly options: ReadOptions; readonly meaning: string }[];
}

export type Delimiter = ',' | ';' | '\t' | '|' | ' ';
export type DateFormat = 'ymd' | 'ydm' | 'mdy' | 'dmy' | 'day number' | 'ignore';
export type TimeUnit = 'min' | 'h' | 'd' | 'week';

/** Answers to what a file may leave open; nothing has a default that guesses. */
export interface ReadOptions {
  readonly delimiter?: Delimiter;
  readonly decimal?: '.' | ',';
  /** Between groups of three digits; without it no grouping is read. */
  readonly thousands?: ',' | '.' | "'";
  /** Words and numbers that mean missing, besides an empty cell, `.` and NA. [] keeps -99 and the like as numbers. */
  readonly missing?: readonly string[];
  /** By name in the header: what to take the column for. */
  readonly columns?: Readonly<Record<string, Role>>;
  /** 'letter': lines that begin with a letter are comments (IGNORE=@); 'C': only those that begin with C; 'none'. */
  readonly comments?: 'letter' | 'C' | 'none';
  readonly dateFormat?: DateFormat;
  /** Unit of TIME where it is a number; unit to give clock times in (hours without it). */
  readonly timeUnit?: TimeUnit;
  /** An ID that comes back after another: a new individual (as NONMEM has it), or the same one continued. */
  readonly returningId?: 'individual' | 'join';
  /** A time that goes back without EVID 3 or 4: a reset just before that line, or a new individual from there on. */
  readonly timeGoesBack?: 'reset' | 'individual';
  /** Values under LLOQ in a file that marks none of them. */
  readonly belowLimit?: 'censored' | 'as measured';
  /** Lower limit of quantification where marked values have none in the file. */
  readonly lloq?: number;
  /** Cells of SEX that mean male and female; they are then read as those words. */
  readonly sexCoding?: { readonly male: string; readonly female: string };
}

export interface Records {
  readonly kind: 'records';
  readonly subjects: readonly Subject[];
  readonly columns: readonly RecordColumn[];
  /** One for every line of the file, in its order. */
  readonly accounted: readonly Accounted[];
  /** Unit of all times where it is known (clock times, or the option); else null. */
  readonly timeUnit: TimeUnit | null;
  /** How the file was read where a reader may want to know, in sentences. */
  readonly notes: readonly string[];
  /** What stays open though the file is read as it stands: the coding of SEX. */
  readonly questions: readonly Question[];
}

export interface Refused {
  readonly kind: 'refused';
  /** In the file's order; the first 200. */
  readonly problems: readonly Problem[];
  /** How many there are in all. */
  readonly count: number;
  readonly questions: readonly Question[];
}

export type RecordsResult = Records | Refused;
