// What endpoints ask of hazards: `time of death`, `death by 30 d`, `death before relapse`, `count of seizure by 30 d`.
// In: the node as written. Out: reductions over cumulative hazard and threshold; an event that was not seen because a
// hazard that censors came first is missing from its times, and did not happen for what is compared.
import type { Span } from './diagnostic.ts';
import { call, type Expression, number, symbol } from './expression.ts';
import type { EventTime } from './model.ts';
import type { Scope } from './names.ts';
import type { Place } from './outcome.ts';
import type { OccurrenceSyntax, Syntax, Word } from './syntax.ts';
import { condition, flag, numeric, rescaled, type Typed, UNKNOWN } from './typed.ts';
import { DIMENSIONLESS, type Unit } from './units.ts';

const any = (fn: 'or' | 'and', parts: readonly Expression[]): Expression =>
  parts.slice(1).reduce<Expression>((a, b) => call(fn, a, b), parts[0] ?? number(0));

interface Asked {
  readonly names: readonly string[];
  readonly happened: Expression;
  readonly not: Expression;
}

function asked(words: readonly Word[], scope: Scope): Asked | null {
  const found = words.map(({ name, span }) => {
    const hazard = scope.hazards.get(name);
    if (hazard === undefined) unknown(name, span, scope);
    return hazard;
  });
  const known = found.filter((h) => h !== undefined);
  if (known.length < words.length) return null;
  return ofAll(known.map((h) => h.name), scope);
} // biome-ignore format: short

/** The same nodes for the same names: thousands of endpoints may ask for them. */
const kept = new WeakMap<Scope, Map<string, Asked>>();

function ofAll(names: readonly string[], scope: Scope): Asked {
  const own = kept.get(scope) ?? new Map<string, Asked>();
  kept.set(scope, own);
  const key = names.join();
  const made = own.get(key) ?? madeOfAll(names, scope);
  own.set(key, made);
  return made;
}

function madeOfAll(names: readonly string[], scope: Scope): Asked {
  const each = (fn: 'ge' | 'lt') =>
    names.flatMap((name) => {
      const h = scope.hazards.get(name);
      return h ? [call(fn, symbol(h.cumulative), symbol(h.threshold))] : [];
    });
  return { names, happened: any('or', each('ge')), not: any('and', each('lt')) };
}

function unknown(name: string, span: Span, scope: Scope): void {
  const known = [...scope.hazards.keys()];
  // One that is wrong is no second error.
  if (scope.brokenHazards.has(name)) return;
  const kind = scope.quantities.get(name)?.kind;
  const message = kind === undefined ? `unknown hazard ${name}` : `${name} is a ${kind}, not a hazard`;
  const there =
    known.length > 0 ? `there are ${known.slice(0, 12).join(', ')}` : 'write hazard death = 0.01 [1/d]';
  scope.report.error(span, message, scope.suggest(name, known) ?? there);
}

/** What ends the observation of these events. */
function censoring(names: readonly string[], scope: Scope): readonly string[] {
  return [...scope.hazards.values()].flatMap((h) =>
    h.type === 'censoring' && !names.includes(h.name) ? [h.name] : [],
  );
}

/** Reductions for a node; `edge` checks the time after `by`. */
export function occurrence(
  syntax: OccurrenceSyntax,
  scope: Scope,
  place: Place,
  edge: (time: Syntax) => Expression | null,
): Typed {
  const events = asked(syntax.hazards, scope);
  const rivals = asked(syntax.rivals, scope);
  const to = syntax.by === null ? null : edge(syntax.by);
  if (events === null || rivals === null || (syntax.by !== null && to === null)) return UNKNOWN;
  const until = to === null ? {} : { to };
  const both = syntax.rivals.find(({ name }) => events.names.includes(name));
  if (both !== undefined) {
    scope.report.error(both.span, `${both.name} cannot come before itself`, 'name another event');
    return UNKNOWN;
  }
  const censors = censoring([...events.names, ...rivals.names], scope);
  /** The time without an event, up to the end of the window: it compares events, and is there when none happened. */
  const without = (of: Asked) => place({ kind: 'share of time', of: of.not, ...until }, syntax.at);
  const earlier = (others: Asked) => call('lt', without(events), without(others));
  switch (syntax.what) {
    case 'time': {
      const of =
        censors.length === 0 ? events.happened : call('and', events.happened, ofAll(censors, scope).not);
      return numeric(place({ kind: 'first time', of }, syntax.at), scope.time);
    }
    case 'by':
      if (censors.length > 0) return condition(earlier(ofAll(censors, scope)));
      return condition(
        call(
          'gt',
          place({ kind: 'at', of: flag(events.happened), ...(to ? { from: to } : {}) }, syntax.at),
          number(0.5),
        ),
      );
    case 'before': {
      const first = earlier(rivals);
      return condition(censors.length === 0 ? first : call('and', first, earlier(ofAll(censors, scope))));
    }
    case 'count': {
      const [name = ''] = events.names;
      const { recurrence } = scope.hazards.get(name) ?? {};
      if (events.names.length > 1 || recurrence === undefined) {
        const what = events.names.length > 1 ? 'the first of several happens once' : `${name} happens once`;
        scope.report.error(
          syntax.at,
          `${what}, so there is nothing to count`,
          `write ${name} by 30 d, or recurrent hazard ${name}`,
        );
        return UNKNOWN;
      }
      return numeric(
        place({ kind: 'at', of: symbol(recurrence.count), ...(to ? { from: to } : {}) }, syntax.at),
        DIMENSIONLESS,
      );
    }
    default:
      return syntax.what satisfies never;
  }
}

/** The mark of an endpoint that is the time of an event and nothing else. */
export function eventTime(syntax: Syntax, unit: Unit, scope: Scope): { readonly event?: EventTime } {
  if (syntax.kind !== 'occurrence' || syntax.what !== 'time') return {};
  const hazards = syntax.hazards.map(({ name }) => name);
  if (hazards.some((name) => !scope.hazards.has(name)) || scope.time === null) return {};
  const censoredBy = censoring(hazards, scope);
  if (censoredBy.length === 0) return { event: { hazards, censoredBy } };
  const of = call('and', ofAll(censoredBy, scope).happened, ofAll(hazards, scope).not);
  return {
    event: {
      hazards,
      censoredBy,
      censored: {
        expression: rescaled(symbol('#0'), scope.time, unit),
        reductions: [{ kind: 'first time', of }],
      },
    },
  };
}
