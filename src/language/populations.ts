// Ready-made populations: the covariates that a `population` line stands for. In: statements. Out: the statements with each
// population's own in its line's place. A population once published keeps its text, as links draw the same people for
// ever: better numbers get a name of their own (a test holds the texts). Every number has its source or is marked assumed;
// spreads and correlations are rounded, for planning and teaching. All have AGE, FEMALE, HT, WT and SCR.
import { createReport, type Span } from './diagnostic.ts';
import type { Scope } from './names.ts';
import { parse } from './parse.ts';
import type { PopulationStatement, Statement } from './syntax.ts';

export interface Population {
  readonly name: string;
  readonly title: string;
  readonly sources: readonly string[];
  /** What no source says. */
  readonly assumed: string;
  /** Statements of the language. */
  readonly text: string;
}

const CERIOTTI =
  'Creatinine: reference intervals traceable to IDMS, Ceriotti et al., Clin Chem 2008;54:559 (men 64-104, women 49-90 umol/L), read as the middle 95 % of a lognormal; 88.4 umol/L are 1 mg/dL';
const NHANES =
  'Mean height and weight of US adults aged 20 and over, NHANES 2015-2018: men 175.3 cm and 90.6 kg, women 161.3 cm and 77.5 kg; Fryar et al., Vital Health Stat 3(46), 2021';

export const POPULATIONS: readonly Population[] = [
  {
    name: 'adult',
    title: 'Adults of 20 to 80 years, with the body size of the United States',
    sources: [NHANES, CERIOTTI],
    assumed:
      'Ages uniform, half women; standard deviations of height (7.6 and 7.1 cm) and coefficients of variation of weight (22 and 26 %) rounded; correlations',
    text: `covariate AGE "Age" : yr ~ uniform(low 20, high 80)
covariate FEMALE "Woman" : yes 50 %
covariate HT "Height" : cm ~ normal(mean if FEMALE then 161.3 [cm] else 175.3 [cm], sd if FEMALE then 7.1 [cm] else 7.6 [cm]) within 130 .. 215
covariate WT "Body weight" : kg ~ lognormal(mean if FEMALE then 77.5 [kg] else 90.6 [kg], cv if FEMALE then 26 % else 22 %) within 35 .. 250
covariate SCR "Serum creatinine" : mg/dL ~ lognormal(median if FEMALE then 0.751 [mg/dL] else 0.923 [mg/dL], sdlog if FEMALE then 0.155 else 0.124) within 0.3 .. 2
correlation (HT, WT, SCR) = 0.4, 0.1, 0.15
`,
  },
  {
    name: 'elderly',
    title: 'People of 65 to 95 years',
    sources: [
      NHANES,
      'Loss of height since the age of 30: men 3 cm at 70 and 5 cm at 80, women 5 cm and 8 cm; Sorkin, Muller, Andres, Am J Epidemiol 1999;150:969, as a straight line',
    ],
    assumed:
      'Ages triangular, 55 % women; weight 0.5 kg a year below the adult mean from 65 on; median creatinine 1.00 (men) and 0.80 mg/dL (women) at 75, rising 0.5 % a year, spread 0.25 (wider than in the healthy); spreads of body size as in adults; correlations',
    text: `covariate AGE "Age" : yr ~ triangular(low 65, mode 68, high 95)
covariate FEMALE "Woman" : yes 55 %
covariate HT "Height" : cm ~ normal(mean if FEMALE then 156.3 [cm] - 0.3 [cm/yr] * (AGE - 70 [yr]) else 172.3 [cm] - 0.2 [cm/yr] * (AGE - 70 [yr]), sd if FEMALE then 7.1 [cm] else 7.6 [cm]) within 125 .. 210
covariate WT "Body weight" : kg ~ lognormal(mean (if FEMALE then 77.5 [kg] else 90.6 [kg]) - 0.5 [kg/yr] * (AGE - 65 [yr]), cv if FEMALE then 24 % else 20 %) within 30 .. 200
covariate SCR "Serum creatinine" : mg/dL ~ lognormal(median (if FEMALE then 0.8 [mg/dL] else 1 [mg/dL]) * exp(0.005 [1/yr] * (AGE - 75 [yr])), sdlog 0.25) within 0.3 .. 4
correlation (HT, WT, SCR) = 0.4, 0.1, 0.15
`,
  },
  {
    name: 'renal_impairment',
    title: 'Adults with mild, moderate or severe renal impairment',
    sources: [
      NHANES,
      'Stages by estimated filtration rate: mild 60-89, moderate 30-59, severe 15-29 mL/min/1.73 m2; KDIGO 2012, Kidney Int Suppl 2013;3:1, categories G2, G3, G4',
      'Creatinine is what CKD-EPI 2021 turns into that rate; Inker et al., N Engl J Med 2021;385:1737',
    ],
    assumed:
      'A third of patients in each stage, uniform inside it; ages triangular around 70; half women; body size as in adults',
    text: `covariate STAGE "Renal impairment" : one of mild 33.3 %, moderate 33.4 %, severe 33.3 %
covariate EGFR "Estimated filtration rate per 1.73 m2" : mL/min/{1.73_m2} ~ uniform(low if STAGE is mild then 60 [mL/min] else if STAGE is moderate then 30 [mL/min] else 15 [mL/min], high if STAGE is mild then 90 [mL/min] else if STAGE is moderate then 60 [mL/min] else 30 [mL/min])
covariate AGE "Age" : yr ~ triangular(low 30, mode 70, high 90)
covariate FEMALE "Woman" : yes 50 %
covariate HT "Height" : cm ~ normal(mean if FEMALE then 161.3 [cm] else 175.3 [cm], sd if FEMALE then 7.1 [cm] else 7.6 [cm]) within 130 .. 215
covariate WT "Body weight" : kg ~ lognormal(mean if FEMALE then 77.5 [kg] else 90.6 [kg], cv if FEMALE then 26 % else 22 %) within 35 .. 250
renal_ratio = EGFR / (142 [mL/min] * 0.9938^(AGE / 1 [yr]) * (if FEMALE then 1.012 else 1))
SCR "Serum creatinine" = (if FEMALE then 0.7 [mg/dL] else 0.9 [mg/dL]) * renal_ratio^(if renal_ratio < 1 then -1 / 1.2 else if FEMALE then -1 / 0.241 else -1 / 0.302) in mg/dL
correlation (HT, WT) = 0.4
`,
  },
  {
    name: 'paediatric',
    title: 'Children of 1 to 15 years',
    sources: [
      'Median and coefficient of variation (M and S of the LMS tables) of height to 15 years and of weight to 10 years: WHO Child Growth Standards 2006 and Growth Reference 2007, length lying down at 1 year, height standing from 2; weight from 12 years: CDC 2000 growth charts. Straight lines between the ages given here stay within 1.5 % of the tables',
      'Creatinine: reference intervals of age groups, Ceriotti et al., Clin Chem 2008;54:559 (in umol/L: 15-31 from 1 to 3 years, 23-37 to 5, 25-42 to 7, 30-47 to 9, 29-56 to 11, 39-60 to 13, 40-68 to 15), geometric means at the middle of each group',
    ],
    assumed:
      'Ages uniform, half girls; the coefficient of variation of girls and boys taken together; weight lognormal, where the tables are skewed further (L to -0.8); creatinine drawn on from 14 to 15 years, its spread 0.15 (the intervals say 0.11 to 0.19, read as the middle 95 %); correlation of height and weight within age and sex',
    text: `covariate AGE "Age" : yr ~ uniform(low 1, high 15)
covariate FEMALE "Girl" : yes 50 %
table height_of_boys : cm by yr linear = 1 -> 75.7, 2 -> 87.1, 3 -> 96.1, 5 -> 110, 7 -> 121.7, 10 -> 137.8, 12 -> 149.1, 13 -> 156, 14 -> 163.2, 15 -> 169
table height_of_girls : cm by yr linear = 1 -> 74, 2 -> 85.7, 3 -> 95.1, 5 -> 109.4, 7 -> 120.8, 10 -> 138.6, 12 -> 151.2, 13 -> 156.4, 14 -> 159.8, 15 -> 161.7
table spread_of_height : 1 by yr linear = 1 -> 0.033, 2 -> 0.036, 5 -> 0.043, 10 -> 0.046, 13 -> 0.046, 15 -> 0.044
table weight_of_boys : kg by yr linear = 1 -> 9.6, 2 -> 12.2, 3 -> 14.3, 5 -> 18.3, 7 -> 22.9, 8 -> 25.4, 9 -> 28.1, 10 -> 31.2, 12 -> 40.5, 13 -> 45.6, 14 -> 51, 15 -> 56.3
table weight_of_girls : kg by yr linear = 1 -> 8.9, 2 -> 11.5, 3 -> 13.9, 5 -> 18.2, 7 -> 22.4, 8 -> 25, 9 -> 28.2, 10 -> 31.9, 12 -> 41.7, 13 -> 45.8, 14 -> 49.4, 15 -> 52
table spread_of_weight : 1 by yr linear = 1 -> 0.116, 2 -> 0.119, 5 -> 0.142, 7 -> 0.147, 10 -> 0.168, 12 -> 0.199, 15 -> 0.18
table creatinine_of_children : umol/L by yr linear = 2 -> 21.6, 4 -> 29.2, 6 -> 32.4, 8 -> 37.5, 10 -> 40.3, 12 -> 48.4, 14 -> 52.2, 15 -> 54
covariate HT "Height" : cm ~ normal(mean if FEMALE then height_of_girls(AGE) else height_of_boys(AGE), cv spread_of_height(AGE)) within 60 .. 205
covariate WT "Body weight" : kg ~ lognormal(median if FEMALE then weight_of_girls(AGE) else weight_of_boys(AGE), sdlog spread_of_weight(AGE)) within 5 .. 140
covariate SCR "Serum creatinine" : mg/dL ~ lognormal(median creatinine_of_children(AGE) * 0.011312 [mg/dL] / 1 [umol/L], sdlog 0.15) within 0.1 .. 1.5
correlation (HT, WT) = 0.6
`,
  },
];

export const populationNamed = (name: string): Population | undefined =>
  POPULATIONS.find((population) => population.name === name);

/** Statements with those of populations in place; all of them stand, for messages, where the population is named. */
export function withPopulations(statements: readonly Statement[], scope: Scope): readonly Statement[] {
  const named = new Set<string>();
  return statements.flatMap((statement) => {
    if (statement.kind !== 'population') return [statement];
    if (named.size > 0) {
      scope.report.error(
        statement.span,
        'a second population',
        'patients come from one; write further covariates yourself',
      );
      return [];
    }
    named.add(statement.of.name);
    return [statement, ...statementsOf(statement, scope)];
  });
}

function statementsOf({ of, span }: PopulationStatement, scope: Scope): readonly Statement[] {
  const population = populationNamed(of.name);
  const names = POPULATIONS.map(({ name }) => name);
  if (population === undefined) {
    scope.report.error(
      of.span,
      `unknown population ${of.name}`,
      scope.suggest(of.name, names) ?? `there are ${names.join(', ')}`,
    );
    return [];
  }
  return parse(population.text, createReport(population.text)).map((one) => moved(one, span));
}

/** The same statement with every place in it at one span. */
function moved<T>(value: T, span: Span): T {
  if (Array.isArray(value)) return value.map((one: unknown) => moved(one, span)) as T;
  if (typeof value !== 'object' || value === null) return value;
  if ('start' in value && 'end' in value) return span as T;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, moved(one, span)])) as T;
}
