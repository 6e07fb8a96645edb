// What the page says of a file of doses and observations before it is used: what its lines became, what is wrong by line
// and column, what must be answered. In: the file's text and the answers so far. Out: a small record; rows stay in the worker.
import { readRecords } from '../interop/nonmem/read.ts';
import type { Became, Subject } from '../interop/nonmem/records.ts';
import type { Model } from '../language/model.ts';
import { isCourses, readCourses } from '../study/courses.ts';
import type { DataFile } from '../study/study.ts';
import type { DoseFile } from './client.ts';

const IDLE: ReadonlySet<Became> = new Set(['comment', 'blank', 'missing observation', 'other event']);

/** `model` null: it has errors, so that only the file itself can be looked at. */
export function readDoseFile(text: string, file: DataFile, model: Model | null): DoseFile {
  const { columns: roles, read: answers = {} } = file;
  const read = readRecords(text, { ...answers, ...(roles && { columns: roles }) });
  const nothing = {
    places: [],
    kinds: [],
    subjects: 0,
    doses: 0,
    observations: 0,
    resets: 0,
    idle: 0,
    rows: 0,
    columns: [],
    notes: [],
  };
  if (read.kind === 'refused') {
    const { problems, count, questions } = read;
    return { ...nothing, problems, count, questions, misfits: [], until: null };
  }
  const { subjects, accounted, columns, notes, questions } = read;
  const of = (...kinds: Became[]) => accounted.filter(({ became }) => kinds.includes(became)).length;
  const courses = model === null ? null : readCourses(text, model, file, []);
  const fits = courses !== null && isCourses(courses);
  return {
    subjects: subjects.length,
    doses: accounted.reduce((sum, { doses }) => sum + doses, 0),
    observations: of('observation'),
    resets: of('reset', 'reset and dose'),
    idle: accounted.filter(({ became }) => IDLE.has(became)).length,
    rows: accounted.length,
    columns: columns.map(({ name, role, unit }) => ({ name, role, unit })),
    notes: fits ? courses.notes : notes,
    questions,
    problems: [],
    count: 0,
    places: placesOf(subjects, file, model),
    kinds: [...new Set(subjects.flatMap((s) => s.observations.map(({ dvid }) => String(dvid ?? ''))))],
    misfits: courses === null || fits ? [] : courses.errors.map(({ message }) => message),
    until: fits ? courses.until : null,
  };
}

/** As study/courses.ts takes them: told, else by name, else numbers in the order of the model. */
function placesOf(
  subjects: readonly Subject[],
  { compartments: told = {} }: DataFile,
  model: Model | null,
): DoseFile['places'] {
  const names = (model?.states ?? []).flatMap(({ name, type }) => (type === 'compartment' ? [name] : []));
  const doses = subjects.flatMap(({ events }) => events.filter(({ evid }) => evid !== 2 && evid !== 3));
  return [...new Set(doses.map(({ compartment }) => compartment))].map((compartment) => {
    const said = compartment === null ? 'default' : String(compartment);
    const number = compartment === null ? 1 : compartment;
    const otherwise = typeof number === 'number' ? names[number - 1] : names.find((name) => name === number);
    return { said, into: told[said] ?? (compartment === null ? told['1'] : undefined) ?? otherwise ?? null };
  });
}
