// Clinical formulas as functions of the language: sizes of the body and estimates of renal function. In: arguments in the
// units of the signature (the checker converts). Out: core expressions. Rows of the function table (functions.ts).
import { call, type Expression, number } from './expression.ts';
import type { DerivedRow } from './functions.ts';

const n = number;
const add = (a: Expression, b: Expression) => call('add', a, b);
const sub = (a: Expression, b: Expression) => call('sub', a, b);
const mul = (a: Expression, b: Expression) => call('mul', a, b);
const div = (a: Expression, b: Expression) => call('div', a, b);
const pow = (a: Expression, b: Expression) => call('pow', a, b);
const when = (c: Expression, a: number, b: number) => call('if', c, n(a), n(b));
/** args[k], which the arity check has put there. */
const at = (args: readonly Expression[], k: number): Expression => args[k] ?? n(Number.NaN);

/** What an argument must be: a quantity, or a condition such as FEMALE or SEX is woman. */
export type Argument =
  | {
      readonly name: string;
      readonly unit: string;
      /** An amount of substance will do as well: this much of `unit` is one of `molar.unit`. */
      readonly molar?: { readonly unit: string; readonly factor: number };
    }
  | { readonly name: string; readonly condition: true };

export interface Signature {
  readonly arguments: readonly Argument[];
  readonly result: string;
  readonly source: string;
}

const AGE: Argument = { name: 'age', unit: 'yr' };
const WEIGHT: Argument = { name: 'weight', unit: 'kg' };
const HEIGHT: Argument = { name: 'height', unit: 'cm' };
/** Creatinine has 113.12 g/mol. */
const CREATININE: Argument = {
  name: 'creatinine',
  unit: 'mg/dL',
  molar: { unit: 'umol/L', factor: 0.011312 },
};
const FEMALE: Argument = { name: 'female', condition: true };

const formula = (usage: string, signature: Signature, expand: DerivedRow['expand']): DerivedRow => ({
  kind: 'derived',
  arity: signature.arguments.length,
  unit: 'formula',
  usage,
  signature,
  expand,
});

/** kg / m^2 from kg and cm. */
const bodyMassIndex = (weight: Expression, height: Expression): Expression => {
  const metres = div(height, n(100));
  return div(weight, mul(metres, metres));
};

export const CLINICAL = {
  cockcroft_gault: formula(
    'cockcroft_gault(age, weight, creatinine, female)',
    {
      arguments: [AGE, WEIGHT, CREATININE, FEMALE],
      result: 'mL/min',
      source: 'Cockcroft and Gault, Nephron 1976;16:31',
    },
    (x) => mul(div(mul(sub(n(140), at(x, 0)), at(x, 1)), mul(n(72), at(x, 2))), when(at(x, 3), 0.85, 1)),
  ),

  ckd_epi_2021: formula(
    'ckd_epi_2021(age, creatinine, female)',
    {
      arguments: [AGE, CREATININE, FEMALE],
      result: 'mL/min/{1.73_m2}',
      source: 'Inker et al., N Engl J Med 2021;385:1737',
    },
    (x) => {
      const female = at(x, 2);
      const ratio = div(at(x, 1), when(female, 0.7, 0.9));
      const low = pow(call('min', ratio, n(1)), when(female, -0.241, -0.302));
      const high = pow(call('max', ratio, n(1)), n(-1.2));
      const aged = mul(pow(n(0.9938), at(x, 0)), when(female, 1.012, 1));
      return mul(n(142), mul(mul(low, high), aged));
    },
  ),

  body_surface_area: formula(
    'body_surface_area(weight, height)',
    {
      arguments: [WEIGHT, HEIGHT],
      result: 'm2',
      source: 'Mosteller, N Engl J Med 1987;317:1098',
    },
    (x) => call('sqrt', div(mul(at(x, 0), at(x, 1)), n(3600))),
  ),

  fat_free_mass: formula(
    'fat_free_mass(weight, height, female)',
    {
      arguments: [WEIGHT, HEIGHT, FEMALE],
      result: 'kg',
      source: 'Janmahasatian et al., Clin Pharmacokinet 2005;44:1051',
    },
    (x) => {
      const female = at(x, 2);
      const below = add(
        when(female, 8780, 6680),
        mul(when(female, 244, 216), bodyMassIndex(at(x, 0), at(x, 1))),
      );
      return div(mul(n(9270), at(x, 0)), below);
    },
  ),

  body_mass_index: formula(
    'body_mass_index(weight, height)',
    { arguments: [WEIGHT, HEIGHT], result: 'kg/m2', source: 'Quetelet; weight over squared height' },
    (x) => bodyMassIndex(at(x, 0), at(x, 1)),
  ),

  ideal_body_weight: formula(
    'ideal_body_weight(height, female)',
    {
      arguments: [HEIGHT, FEMALE],
      result: 'kg',
      source: 'Devine, Drug Intell Clin Pharm 1974;8:650; a straight line below 5 feet too',
    },
    (x) =>
      // 2.3 kg for every inch over 5 feet.
      add(when(at(x, 1), 45.5, 50), mul(n(2.3), sub(div(at(x, 0), n(2.54)), n(60)))),
  ),
} satisfies Readonly<Record<string, DerivedRow>>;
