// From a modeller's names to a Program's qualified symbols (program.ts). In: a Model. Out: two rewriters, one for what is
// computed once a patient and one for what is computed along the path. Definitions are inlined as shared nodes, so the
// result is a graph that share.ts turns back into locals; nothing is copied.
import { type Expression, symbol } from '../language/expression.ts';
import type { Model } from '../language/model.ts';

/** Longest chain of nested operations that later recursive passes are asked to walk. */
const DEEPEST = 3000;

export interface Qualifier {
  /** Over study. and column. */
  readonly patient: (expression: Expression) => Expression;
  /** Over t, y., p. and what `varying` gives. */
  readonly step: (expression: Expression) => Expression;
  /** As `step`, with names that only this place knows: readings, memories of a therapy. */
  readonly stepWith: (own: ReadonlyMap<string, Expression>) => (expression: Expression) => Expression;
  /** The patient-stage value of every name that `p.` may qualify, in the model's order. */
  readonly params: ReadonlyMap<string, Expression>;
}

/**
 * `varying`: memories, parameters and covariates that something sets during the run, with what stands for each along the
 * path; definitions that depend on one are inlined there. A memory without one is its initial value.
 * Throws RangeError when definitions nest so deep that no target could take them.
 */
export function qualifier(model: Model, varying: ReadonlyMap<string, Expression> = new Map()): Qualifier {
  const patientNames = new Map<string, Expression>();
  for (const p of model.parameters) patientNames.set(p.name, symbol(`study.${p.name}`));
  for (const c of model.covariates) patientNames.set(c.name, symbol(`column.${c.name}`));
  for (const block of model.random)
    for (const name of block.names) patientNames.set(name, symbol(`column.${name}`));
  const stepNames = new Map<string, Expression>([['t', symbol('t')]]);
  for (const name of patientNames.keys()) stepNames.set(name, symbol(`p.${name}`));
  for (const s of model.states) stepNames.set(s.name, symbol(`y.${s.name}`));
  for (const h of model.hazards ?? [])
    if (h.given === 'rate') stepNames.set(h.cumulative, symbol(`y.${h.cumulative}`));
  for (const [name, value] of varying) stepNames.set(name, value);
  const moved = new Set(varying.keys());

  const patient = rewriter(patientNames);
  const step = rewriter(stepNames);
  // Step definitions may name outputs and outputs definitions, so both are settled on demand, each once.
  const pending = new Map<string, Expression>();
  for (const d of model.definitions) {
    if (d.stage === 'step') pending.set(d.name, d.expression);
    else {
      patientNames.set(d.name, d.stage === 'study' ? symbol(`study.${d.name}`) : patient(d.expression));
      const depends = [...namesIn(d.expression)].some((name) => moved.has(name));
      if (depends) {
        moved.add(d.name);
        pending.set(d.name, d.expression);
      } else stepNames.set(d.name, symbol(`p.${d.name}`));
    }
  }
  for (const m of model.memories) if (!varying.has(m.name)) pending.set(m.name, m.initial);
  for (const o of model.outputs) pending.set(o.name, o.expression);
  settle(pending, stepNames, step);
  return {
    patient,
    step,
    stepWith: (own) => rewriter(new Map([...stepNames, ...own])),
    params: patientNames,
  };
}

/** Resolves each pending name after the pending names it uses, with a stack of its own (chains can be long). */
function settle(
  pending: Map<string, Expression>,
  known: Map<string, Expression>,
  rewrite: (e: Expression) => Expression,
) {
  const stack = [...pending.keys()].reverse();
  while (stack.length > 0) {
    const name = stack[stack.length - 1] as string;
    const expression = pending.get(name);
    if (!expression) {
      stack.pop();
      continue;
    }
    const before = [...namesIn(expression)].filter((n) => pending.has(n) && n !== name);
    if (before.length > 0) stack.push(...before);
    else {
      known.set(name, rewrite(expression));
      pending.delete(name);
      stack.pop();
    }
  }
}

/** Every symbol name an expression mentions. */
export function namesIn(root: Expression): Set<string> {
  const names = new Set<string>();
  const seen = new Set<Expression>();
  const stack = [root];
  for (let node = stack.pop(); node; node = stack.pop()) {
    if (seen.has(node)) continue;
    seen.add(node);
    if (node.kind === 'symbol') names.add(node.name);
    else if (node.kind === 'call') stack.push(...node.args);
  }
  return names;
}

/** Replaces symbols by what `names` says, keeping sharing; unknown names are a fault of the front end. */
export function rewriter(names: ReadonlyMap<string, Expression>): (e: Expression) => Expression {
  const memo = new Map<Expression, Expression>();
  const depths = new Map<Expression, number>();
  const depth = (e: Expression): number => {
    const known = depths.get(e);
    if (known !== undefined) return known;
    const own = e.kind === 'call' ? 1 + Math.max(0, ...e.args.map(depth)) : 1;
    depths.set(e, own);
    return own;
  };
  const rewrite = (e: Expression): Expression => {
    if (e.kind === 'number') return e;
    const known = memo.get(e);
    if (known) return known;
    let result: Expression;
    if (e.kind === 'symbol') {
      const target = names.get(e.name);
      if (!target) throw new Error(`${e.name} is not resolved at this stage`);
      result = target;
    } else {
      result = { kind: 'call', fn: e.fn, args: e.args.map(rewrite) };
      if (depth(result) > DEEPEST) throw new RangeError(`definitions nest deeper than ${DEEPEST} operations`);
    }
    memo.set(e, result);
    return result;
  };
  return rewrite;
}
