// Every outcome again for parts of the cohort. In: how covariates divide it, readers of patients' columns, blocks of
// endpoints as a run tells them. Out: numbers of each part, arm by arm, and what an arm changes in it, as for the whole
// cohort. A covariate that changes during the run counts with its first value. Parts of a split add up to the cohort;
// nobody in a part is told with 0 patients and nulls. Memory does not grow with the patients: histograms and sums.
import type { EndpointBlock } from '../engine/backend.ts';
import { type Compared, type DifferenceListener, listenForDifferences } from './differences.ts';
import { type Counting, countEndpoint } from './endpoint-numbers.ts';
import type { EndpointListener } from './listen.ts';
import type { ReadColumns } from './medians.ts';
import type { SubgroupNumbers, SubgroupResult } from './result.ts';
import type { Parts } from './splits.ts';

export interface SubgroupListener extends EndpointListener {
  /** Split by split, part by part. */
  report(): readonly SubgroupResult[];
}

interface Part {
  readonly of: string;
  readonly label: string;
  patients: number;
  /** By arm, then by endpoint. */
  readonly numbers: readonly (readonly Counting[])[];
  /** null with one arm. */
  readonly differences: DifferenceListener | null;
}

/** `columnsOf`: the reader of the study that a patient belongs to. */
export function listenForSubgroups(
  splits: readonly Parts[],
  compared: Compared,
  columnsOf: (first: number) => ReadColumns,
): SubgroupListener {
  const { arms, endpoints } = compared;
  const fresh = () =>
    splits.map(({ of, labels }) =>
      labels.map(
        (label): Part => ({
          of,
          label,
          patients: 0,
          numbers: arms.map(() => endpoints.map((field) => countEndpoint(field))),
          differences: arms.length > 1 ? listenForDifferences(compared) : null,
        }),
      ),
    );
  let parts = fresh();
  return {
    onEndpoints(block, weights) {
      const { first, count } = block;
      const columns = columnsOf(first)(first, count);
      splits.forEach(({ labels, column, partOf }, s) => {
        const members = labels.map((): number[] => []);
        for (let i = 0; i < count; i++) members[partOf(columns[column * count + i] ?? Number.NaN)]?.push(i);
        parts[s]?.forEach((part, p) => {
          const own = members[p] ?? [];
          if (own.length > 0) addTo(part, chosen(block, own), weights && gathered(weights, own));
        });
      });
    },
    onRestart() {
      parts = fresh();
    },
    report: () =>
      parts.flat().map(({ of, label, patients, numbers, differences }) => ({
        of,
        label,
        patients,
        arms: arms.map((name, a) => ({
          name,
          endpoints: Object.fromEntries(
            endpoints.map((field, e) => [field.name, numbers[a]?.[e]?.report()]).filter(isThere),
          ),
        })),
        ...(differences && { differences: differences.report() }),
      })),
  };
}

type Named = readonly [string, SubgroupNumbers];
const isThere = (entry: readonly (string | SubgroupNumbers | undefined)[]): entry is Named =>
  entry[1] !== undefined;

function addTo(part: Part, block: EndpointBlock, weights: Float64Array | undefined): void {
  part.patients += block.count;
  part.numbers.forEach((own, a) => {
    const arm = block.arms[a];
    if (arm === undefined) throw new RangeError(`a block of ${block.arms.length} arms has no arm ${a}`);
    own.forEach((numbers, e) => {
      const values = arm.endpoints.subarray(e * block.count, (e + 1) * block.count);
      numbers.add(values, arm.status, weights);
    });
  });
  part.differences?.onEndpoints(block, weights);
}

/** The patients at these places of a block, as a block of their own. */
function chosen({ first, count, arms }: EndpointBlock, places: readonly number[]): EndpointBlock {
  return {
    first,
    count: places.length,
    arms: arms.map(({ status, endpoints }) => {
      const rows = count > 0 ? endpoints.length / count : 0;
      const own = new Float64Array(rows * places.length);
      for (let row = 0; row < rows; row++)
        own.set(gathered(endpoints.subarray(row * count, (row + 1) * count), places), row * places.length);
      return { status: Uint8Array.from(places, (i) => status[i] ?? 0), endpoints: own };
    }),
  };
}

function gathered(values: Float64Array, places: readonly number[]): Float64Array {
  const own = new Float64Array(places.length);
  for (let k = 0; k < own.length; k++) own[k] = values[places[k] ?? 0] ?? Number.NaN;
  return own;
}
