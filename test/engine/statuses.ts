// Patients by status, in the order of STATUSES, whatever statuses there come to be: `byStatus({ done: 700 })`.
import { STATUSES, type Status } from '../../src/engine/backend.ts';

export const byStatus = (patients: Readonly<Partial<Record<Status, number>>>): Float64Array =>
  Float64Array.from(STATUSES, (status) => patients[status] ?? 0);
