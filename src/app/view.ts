// Models as the page sees them: labels, units as text, numbers for sliders; no expressions. In: a Model and its text.
import { compile } from '../language/compile.ts';
import { evaluate } from '../language/evaluate.ts';
import type { Expression } from '../language/expression.ts';
import type { Model } from '../language/model.ts';
import { isDimensionless, type Unit } from '../language/units.ts';
import type { ModelCard, ModelView } from './client.ts';

/** A shipped model's card; nothing for a text that does not compile (a test refuses such a file). */
export function cardOf(text: string): ModelCard[] {
  const { model } = compile(text);
  if (!model) return [];
  const { name, title, question, area, sources, checks } = model;
  return [{ name, title, question, area, sources, checks: checks.length, text }];
}

export function viewOf(model: Model, text: string): ModelView {
  const { name, title, question, area, use, licence, sources, show } = model;
  const typical = new Map<string, number>(model.parameters.map((p) => [p.name, p.value]));
  for (const d of model.definitions) {
    const value =
      d.stage === 'study' ? evaluate(d.expression, (n) => typical.get(n) ?? Number.NaN) : Number.NaN;
    if (Number.isFinite(value)) typical.set(d.name, value);
  }
  /** null where it depends on the patient. */
  const fixed = (e: Expression): number | null => {
    const value = evaluate(e, (n) => typical.get(n) ?? Number.NaN);
    return Number.isFinite(value) ? value : null;
  };
  const unsure = new Set((model.uncertainty ?? []).flatMap(({ names }) => names));
  return {
    name,
    title,
    question,
    area,
    use,
    licence,
    sources,
    time: model.time.text,
    ...(show && { show }),
    parameters: model.parameters.map((p) => ({
      ...labelled(p),
      value: p.value,
      ...(p.range && { range: p.range }),
      source: p.source,
      provenance: p.provenance,
    })),
    covariates: model.covariates.map((c) => ({
      ...labelled(c),
      type: c.type,
      categories: c.categories,
      distribution: c.distribution.kind,
      parameters: Object.fromEntries(
        Object.entries(c.distribution.parameters).map(([key, e]) => [key, fixed(e)]),
      ),
      ...(c.distribution.within && {
        within: { low: fixed(c.distribution.within.low), high: fixed(c.distribution.within.high) },
      }),
    })),
    outputs: model.outputs.map((o) => ({
      ...labelled(o),
      axis: o.axis,
      ...(o.target && { target: o.target }),
    })),
    therapies: model.therapies.map((t) => ({
      name: t.name,
      label: t.label,
      text: linesOf(text.slice(t.span.start, t.span.end)),
    })),
    compartments: model.states.flatMap(({ name, type }) => (type === 'compartment' ? [name] : [])),
    endpoints: model.endpoints.map((e) => ({ ...labelled(e), type: e.type })),
    checks: model.checks.length,
    ...(unsure.size > 0 && {
      uncertain: model.parameters.flatMap((p) => (unsure.has(p.name) ? [p.label || p.name] : [])),
    }),
  };
}

const labelled = (n: { readonly name: string; readonly label: string; readonly unit: Unit }) => ({
  name: n.name,
  label: n.label,
  unit: isDimensionless(n.unit) && n.unit.scale === 1 ? '' : n.unit.text,
});

/** A therapy's statement without its first line and the indentation that all others share: rules need the rest of it. */
function linesOf(statement: string): string {
  const lines = statement
    .split('\n')
    .slice(1)
    .map((line) => line.trimEnd())
    .filter((line) => line !== '');
  const shared = Math.min(...lines.map((line) => line.length - line.trimStart().length));
  return lines.map((line) => line.slice(shared)).join('\n');
}
