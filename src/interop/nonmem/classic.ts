// EVID as RxODE wrote it before it took NONMEM's: 100 times the compartment and 1 (101 doses compartment 1), and 10000 more
// for an infusion, whose rate stands in AMT in two lines, above 0 where it starts and below 0 where it stops.
// Source: data of nlmixr2data (theo_sd, wbcSim). Other codes of that kind (steady state, durations) are refused.

export interface ClassicDose {
  readonly compartment: number;
  readonly infusion: boolean;
}

export function classicCode(evid: number): ClassicDose | null {
  if (!isClassic(evid)) return null;
  return { compartment: Math.floor(evid / 100) % 100, infusion: evid > 10000 };
}

export function isClassic(evid: number): boolean {
  const compartment = Math.floor(evid / 100) % 100;
  return Number.isInteger(evid) && evid % 100 === 1 && compartment > 0 && evid > 100 && evid < 20000;
}
