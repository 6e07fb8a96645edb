// Subjects without the lines they come from: what a text must keep when it is written and read again.
import type { Subject } from '../../../src/interop/nonmem/records.ts';

export function unnumbered(subjects: readonly Subject[]): readonly Subject[] {
  return subjects.map((subject) => ({
    ...subject,
    row: 0,
    // An additional dose written out is a dose of its own.
    events: subject.events.map((event) => ({ ...event, row: 0, additional: 0 })),
    observations: subject.observations.map((observation) => ({ ...observation, row: 0 })),
    covariates: subject.covariates.map((covariate) => ({
      ...covariate,
      course: covariate.course.map((point) => ({ ...point, row: 0 })),
    })),
  }));
}
