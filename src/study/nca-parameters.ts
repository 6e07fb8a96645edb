// The numbers of a non-compartmental analysis, as columns. In: units of output, time and dose, and what was asked. Out: each
// parameter's name, unit and value of a patient, and which flags say why it may lack. Units are those that the numbers
// have by themselves, but for clearance and volume: mg / (ug/mL h) is told in L/h.

import {
  conversion,
  DIMENSIONLESS,
  divide,
  isUnitError,
  multiply,
  parseUnit,
  sameDimension,
  type Unit,
} from '../language/units.ts';
import type { Nca, NcaFlag } from '../statistics/nca.ts';

/** Flags of one curve (statistics/nca.ts), and what only the run knows. */
export type Flag =
  | NcaFlag
  | 'failed'
  | 'no-dose'
  | 'doses-inside'
  | 'carried-over'
  | 'not-steady'
  | 'no-first-interval'
  | 'first-dose-differs'
  | 'not-defined';

export const FLAG_WORDS: Readonly<Record<Flag, string>> = {
  failed: 'the patient could not be solved',
  'no-dose': 'nothing was given at the time from which it is analysed: no clearance, no volume',
  'doses-inside': 'another dose within tau: no terminal phase',
  'carried-over':
    'drug of earlier doses is still there: the area to infinity is not that of one dose; give tau',
  'not-steady':
    'the trough is over 5 % of the average away from its steady state: clearance over tau is not exact',
  'no-first-interval': 'no first dose at least tau earlier: no accumulation observed',
  'first-dose-differs': 'the first dose was another one: the accumulation observed compares two amounts',
  'not-defined': 'not defined for this curve: residence time and Vss at steady state, swing from 0',
  'nothing-quantifiable': 'nothing above the limit of quantification',
  'too-few-points': 'fewer than three points after the peak: no terminal phase',
  'not-declining': 'no decline after the peak: no terminal phase',
  'start-extrapolated': 'no value at the dose: drawn back (bolus), the lowest (steady state), or 0',
  'poor-fit': 'adjusted R2 of the terminal line below 0.9',
  'short-span': 'the terminal line covers less than two half-lives',
  'mostly-extrapolated': 'over 20 % of the area to infinity is beyond the last value',
  'tau-beyond-last': 'the area over tau was completed along the terminal line',
};

/** Everything known of one patient in one arm. */
export interface Analysed {
  readonly nca: Nca;
  /** Its intravenous names (CL) or those by mouth (CL/F). */
  readonly absorbed: boolean;
  readonly observed: {
    readonly auc: number | null;
    readonly cmax: number | null;
    readonly trough: number | null;
  };
}

export interface NcaParameter {
  readonly name: string;
  readonly unit: string;
  /** In `unit`; null: the curve cannot tell, or it is not for this route. */
  readonly value: (of: Analysed) => number | null;
  /** Why it may lack, the first that holds; `null` in a patient it is not for. */
  readonly lacks: readonly Flag[];
  readonly only?: 'direct' | 'absorbed';
}

export interface Asked {
  readonly concentration: Unit;
  readonly time: Unit;
  readonly dose: Unit;
  readonly tau: boolean;
  readonly ways: { readonly direct: boolean; readonly absorbed: boolean };
}

const EMPTY: readonly Flag[] = ['failed', 'nothing-quantifiable'];
const TERMINAL: readonly Flag[] = [...EMPTY, 'doses-inside', 'too-few-points', 'not-declining'];
const OVER_TAU: readonly Flag[] = [...EMPTY, 'tau-beyond-last'];
const DOSED: readonly Flag[] = ['failed', 'no-dose', ...TERMINAL];
const OBSERVED: readonly Flag[] = ['failed', 'no-dose', 'no-first-interval', ...OVER_TAU];

export function ncaParameters({ concentration, time, dose, tau, ways }: Asked): readonly NcaParameter[] {
  const rate = divide(DIMENSIONLESS, time).text;
  const area = multiply(concentration, time);
  const clearance = inLitres(divide(dose, area), time);
  const volume = inLitres(divide(dose, concentration));
  const one = (
    name: string,
    unit: string,
    lacks: readonly Flag[],
    value: (nca: Nca) => number | null,
  ): NcaParameter => ({ name, unit, lacks, value: (of) => value(of.nca) });
  const terminal = (name: string, unit: string, value: (nca: Nca) => number | null) =>
    one(name, unit, TERMINAL, value);
  const scaled = (x: number | null, factor: number) => (x === null ? null : x * factor);
  const way = (
    suffix: string,
    only: 'direct' | 'absorbed',
    rows: readonly (readonly [string, { unit: string; factor: number }, (nca: Nca) => number | null])[],
  ): NcaParameter[] =>
    ways[only]
      ? rows.map(([name, { unit, factor }, value]) => ({
          name: `${name}${suffix}`,
          unit,
          lacks: DOSED,
          only,
          value: ({ nca, absorbed }) =>
            absorbed === (only === 'absorbed') ? scaled(value(nca), factor) : null,
        }))
      : [];
  const c = concentration.text;
  return [
    one('Cmax', c, EMPTY, (nca) => nca.cmax),
    one('Tmax', time.text, EMPTY, (nca) => nca.tmax),
    ...(tau ? [one('Cmin', c, EMPTY, (nca) => nca.cmin)] : []),
    one('Clast', c, EMPTY, (nca) => nca.clast),
    one('Tlast', time.text, EMPTY, (nca) => nca.tlast),
    one('AUClast', area.text, EMPTY, (nca) => nca.aucLast),
    terminal('AUCinf', area.text, (nca) => nca.aucInfinity),
    terminal('AUC extrapolated', '%', (nca) => nca.extrapolatedPercent),
    ...(tau
      ? [
          one('AUCtau', area.text, OVER_TAU, (nca) => nca.aucTau),
          one('Cavg', c, OVER_TAU, (nca) => nca.average),
          one('fluctuation', '%', OVER_TAU, (nca) => nca.fluctuationPercent),
          one('swing', '1', OVER_TAU, (nca) => nca.swing),
        ]
      : []),
    terminal('lambda_z', rate, (nca) => nca.lambdaZ),
    terminal('points', '1', ({ terminal: line }) => (line.kind === 'estimated' ? line.points : null)),
    terminal('R2 adjusted', '1', ({ terminal: line }) =>
      line.kind === 'estimated' ? line.adjustedR2 : null,
    ),
    terminal('half-life', time.text, (nca) => nca.halfLife),
    terminal('MRT', time.text, (nca) => nca.meanResidence),
    ...way('', 'direct', [
      ['CL', clearance, (nca) => nca.clearance],
      ['Vz', volume, (nca) => nca.volume],
      ['Vss', volume, (nca) => nca.steadyVolume],
    ]),
    ...way('/F', 'absorbed', [
      ['CL', clearance, (nca) => nca.clearance],
      ['Vz', volume, (nca) => nca.volume],
    ]),
    ...(tau
      ? [
          terminal('accumulation index', '1', (nca) => nca.accumulation),
          ...(['auc', 'cmax', 'trough'] as const).map(
            (what): NcaParameter => ({
              name: `accumulation ${{ auc: 'AUCtau', cmax: 'Cmax', trough: 'Ctau' }[what]}`,
              unit: '1',
              lacks: OBSERVED,
              value: ({ observed }) => observed[what],
            }),
          ),
        ]
      : []),
  ];
}

/** L or L/kg (per time) where the unit as it comes out has the same dimension twice (`mg*mL/ug/h`). */
function inLitres(raw: Unit, time?: Unit): { readonly unit: string; readonly factor: number } {
  const bases = raw.atoms.flatMap(({ dimension }) => Object.keys(dimension));
  if (new Set(bases).size === bases.length) return { unit: raw.text, factor: 1 };
  const per = (unit: Unit) => (time ? divide(unit, time) : unit);
  const [litre, weight] = ['L', 'kg'].map((text) => {
    const unit = parseUnit(text);
    if (isUnitError(unit)) throw new Error(unit.message);
    return unit;
  });
  if (!litre || !weight) throw new Error('L and kg are units');
  for (const unit of [litre, divide(litre, weight), DIMENSIONLESS].map(per))
    if (sameDimension(unit, raw)) return { unit: unit.text, factor: conversion(raw, unit) };
  return { unit: raw.text, factor: 1 };
}

/** Per volume: a mass, a substance or counted things over a cubed length. */
export function isConcentration({ dimension: { m: length, ...rest } }: Unit): boolean {
  const amounts = Object.values(rest);
  return length?.[0] === -3 && length[1] === 1 && amounts.length === 1 && amounts[0]?.[0] === 1;
}
