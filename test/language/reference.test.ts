// The reference page is held to the compiler: every example compiles (a fragment in a small model that supplies the
// names it uses), and its tables list every function, reduction and distribution.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compile, render } from '../../src/language/compile.ts';
import { DISTRIBUTION_NAMES, DISTRIBUTIONS } from '../../src/language/distributions.ts';
import { FUNCTION_NAMES, FUNCTIONS } from '../../src/language/functions.ts';
import { STATEMENTS } from '../../src/language/reserved.ts';
import { unitNames } from '../../src/language/units.ts';

const page = readFileSync(new URL('../../src/language/REFERENCE.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/^```model\n([\s\S]*?)^```$/gm)].map((m) => m[1] ?? '');

/** Statements that supply the names of fragments, by the name they define. */
const SUPPLY: Readonly<Record<string, string>> = {
  WT: 'covariate WT : kg ~ lognormal(median 79, sdlog 0.27)',
  AGE: 'covariate AGE : yr ~ normal(mean 60, sd 10)',
  CRCL: 'covariate CRCL : mL/min ~ lognormal(median 62, sdlog 0.65)',
  DIAL: 'covariate DIAL : yes 18.5 %',
  STAGE: 'covariate STAGE : one of mild 60 %, moderate 30 %, severe 10 %',
  TVCL: 'parameter TVCL = 4.5 [L/h]',
  V1: 'V1 = 58.4 [L] * WT / 70 [kg]',
  eta_cl: 'random eta_cl ~ normal(sd 0.3)',
  central: 'compartment central : mg',
  elimination: 'flow elimination : central -> at 0.1 [1/h] * central',
  conc: 'output conc = central / V1 in mg/L',
  fixed: 'therapy fixed "a gram"\n  dose 1000 [mg] into central',
};

function wrapped(example: string): string {
  if (/^model /m.test(example)) return example;
  const own = (name: string) => new RegExp(`^(?:\\w+ )?${name}\\b`, 'm').test(example);
  const supply = Object.entries(SUPPLY).flatMap(([name, statement]) => (own(name) ? [] : [statement]));
  return `model fragment "A part"\n  time h\n${supply.join('\n')}\n${example}`;
}

describe('the reference page', () => {
  test('has an example of every kind of statement', () => {
    const all = examples.join('\n');
    expect(STATEMENTS.filter((word) => !new RegExp(`^${word}\\b`, 'm').test(all))).toEqual([]);
  });

  test.each(examples.map((e, k) => [`${k + 1}: ${e.split('\n')[0]}`, e] as const))(
    'compiles its example %s',
    (_, example) => {
      const text = wrapped(example);
      const { model, diagnostics } = compile(text);
      expect(diagnostics.filter((d) => d.severity === 'error').map((d) => render(d, text))).toEqual([]);
      expect(model).not.toBeNull();
    },
  );

  test('lists every function of the table with its usage, and no other', () => {
    const table = page.slice(page.indexOf('| function |'), page.indexOf('## The body'));
    const listed = [...table.matchAll(/^\| `([^`]+)` \|/gm)].map((m) => m[1]);
    expect(listed).toEqual(FUNCTION_NAMES.map((fn) => FUNCTIONS[fn].usage));
  });

  test('lists every distribution with its usage, and no other', () => {
    const table = page.slice(
      page.indexOf('| distribution |'),
      page.indexOf('parameter TVCL "Clearance at 120'),
    );
    const listed = [...table.matchAll(/^\| (\w+) \| `([^`]+)` \|/gm)].map((m) => [m[1], m[2]]);
    expect(listed).toEqual(DISTRIBUTION_NAMES.map((d) => [d, DISTRIBUTIONS[d].usage]));
  });

  test('names every unit that stands without a prefix and a bracket', () => {
    const known = page.slice(page.indexOf('Known are'), page.indexOf('with the usual prefixes'));
    const words = new Set(known.match(/\w+/g));
    const prefixed = /^(mg|ug|ng|kg|[mud]L|[mun]mol)$/;
    // `a` is UCUM's year, `l` another spelling of L.
    const missing = unitNames().filter(
      (u) => /^\w+$/.test(u) && !prefixed.test(u) && !['a', 'l'].includes(u) && !words.has(u),
    );
    expect(missing).toEqual([]);
  });
});
