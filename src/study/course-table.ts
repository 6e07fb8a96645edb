// The table `records` of patients from a dosing file. In: Courses. Out: a TableSource; patient i has the course of subject
// i modulo their number, as covariates do (cohort.ts).
import { recordColumns } from '../codegen/records.ts';
import type { TableSource } from '../engine/backend.ts';
import type { Courses } from './courses.ts';

export function courseTable({ courses, plan, digest }: Courses): TableSource {
  const width = recordColumns({ ...plan, therapy: 0 }).length;
  const rows = Math.max(0, ...courses.map((course) => course.rows.length / width));
  return {
    key: digest,
    rows,
    read(first, count) {
      const values = new Float64Array(width * rows * count);
      for (let i = 0; i < count; i++) {
        const own = courses[(first + i) % courses.length]?.rows ?? new Float64Array(0);
        const last = own.length / width;
        for (let r = 0; r < rows; r++) {
          if (r >= last) values[r * count + i] = Number.POSITIVE_INFINITY;
          else
            for (let f = 0; f < width; f++)
              values[(f * rows + r) * count + i] = own[r * width + f] ?? Number.NaN;
        }
      }
      return values;
    },
  };
}
