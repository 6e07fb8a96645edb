// The part of the npm package odex (Hairer's ODEX in JavaScript) that the benchmark calls; it ships no types of its own.
declare module 'odex' {
  export class Solver {
    constructor(dimension: number);
    relativeTolerance: number | number[];
    absoluteTolerance: number | number[];
    initialStepSize: number;
    maxSteps: number;
    denseOutput: boolean;
    solve(
      derivative: (t: number, y: number[]) => number[],
      from: number,
      y: number[],
      to: number,
      step?: (
        n: number,
        before: number,
        now: number,
        y: number[],
        dense?: (c: number, t: number) => number,
      ) => void,
    ): { y: number[]; outcome: number; nStep: number; nEval: number };
  }
}
