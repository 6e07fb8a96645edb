// Covariates in words and numbers, as the controls show them.
import { expect, it } from 'vitest';
import { describeCategories } from '../../src/app/covariates.ts';
import { viewOf } from '../../src/app/view.ts';
import { compile } from '../../src/language/compile.ts';

it('says categories by their names and shares, and a dash where the shares depend on the patient', () => {
  const text = `model one "One"
  time h
covariate GRADE "Grade" : one of mild 60 %, moderate 30 %, severe 10 %
compartment a : mg
flow out : a -> at 1 [1/h] * a
output amount = a in mg
`;
  const { model, diagnostics } = compile(text);
  if (!model) throw new Error(diagnostics.map(({ message }) => message).join());
  const grade = viewOf(model, text).covariates.find(({ name }) => name === 'GRADE');
  if (!grade) throw new Error('it is declared');
  expect(describeCategories(grade, 'en')).toBe(
    'mild\u00a060.0\u00a0%, moderate\u00a030.0\u00a0%, severe\u00a010.0\u00a0%',
  );
  const unknown = { ...grade, parameters: { ...grade.parameters, p1: null } };
  expect(describeCategories(unknown, 'en')).toBe('mild\u00a0–, moderate\u00a0–, severe\u00a0–');
});
