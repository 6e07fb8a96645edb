// What a command is run on. In: a path, a shipped model's name or a link. Out: a study, its model and its tables, or a
// Failure in words. Files are read through Io; nothing is fetched from anywhere.
import type { Model } from '../language/model.ts';
import { suggestion } from '../study/closest.ts';
import { decodeLink, isLink, modelChange } from '../study/link.ts';
import type { Tables } from '../study/prepare.ts';
import { describeErrors, parseStudy } from '../study/schema.ts';
import type { Study } from '../study/study.ts';
import type { Io, Product } from './ports.ts';
import { UsageError } from './usage.ts';

/** The model, study or device is at fault: exit status 1. The message is complete. */
export class Failure extends Error {
  override readonly name = 'Failure';
}

/** An error as a line for the reader. A kind of its own (TypeError) is a fault of Gemello's, and is named. */
export function inWords(error: unknown): string {
  if (error instanceof Failure) return error.message;
  if (!(error instanceof Error)) return `gemello: ${String(error)}`;
  return `gemello: ${error.name === 'Error' ? '' : `${error.name}: `}${error.message}`;
}

export interface Input {
  readonly study: Study;
  readonly model: Model;
  readonly text: string;
  readonly tables: Tables;
}

/** A model's text and where it is from: a file, or else a shipped model of that name. */
export async function readModelText(
  input: string,
  io: Io,
  product: Product,
): Promise<{ text: string; shipped: boolean }> {
  const text = await io.read(input);
  if (text !== undefined) return { text, shipped: false };
  const shipped = product.models.find(({ name }) => name === input);
  if (shipped !== undefined) return { text: shipped.text, shipped: true };
  if (isLink(input)) throw new UsageError('a link holds a study, not a model', 'gemello run takes it');
  if (/^(#|[a-z][a-z\d+.-]+:\/\/)/i.test(input))
    throw new UsageError(
      `${input} is not a Gemello link`,
      'one has #/s/ in it; Share link on the page makes it',
    );
  throw new UsageError(
    `there is no file ${input}, and no shipped model of that name`,
    /[./\\]/.test(input) ? '' : suggestion(input, namesOf(product)),
  );
}

const namesOf = ({ models }: Product) => models.map(({ name }) => name);

/** Compiles, with every diagnostic on `err`. */
export function compileOrFail(text: string, name: string, io: Io, product: Product): Model {
  const { model, diagnostics } = product.compile(text);
  for (const diagnostic of diagnostics)
    io.err(`${name}:${diagnostic.line}:${diagnostic.column}: ${product.render(diagnostic, text)}\n`);
  const errors = diagnostics.filter(({ severity }) => severity === 'error').length;
  if (model && errors === 0) return model;
  throw new Failure(`${name} has ${errors} error${errors === 1 ? '' : 's'}`);
}

export async function readInput(input: string, io: Io, product: Product): Promise<Input> {
  const library = (name: string) => product.models.find((model) => model.name === name)?.text;
  const complete = async (study: Study, where: string, folder: string): Promise<Input> => {
    if ('name' in study.model && library(study.model.name) === undefined) {
      const { name } = study.model;
      const hint = suggestion(name, namesOf(product));
      throw new Failure(`${where}: model.name: there is no shipped model ${name}; ${hint}`);
    }
    const changed = await modelChange(study, library);
    if (changed !== undefined) throw new Failure(`${where}: ${changed}`);
    const text = 'text' in study.model ? study.model.text : (library(study.model.name) ?? '');
    const model = compileOrFail(
      text,
      'text' in study.model ? `${where}: model` : study.model.name,
      io,
      product,
    );
    const table = study.cohort?.table ?? study.cohort?.data?.file;
    const csv = table === undefined ? undefined : await io.read(folder + table);
    return { study, model, text, tables: table === undefined || csv === undefined ? {} : { [table]: csv } };
  };
  if (isLink(input)) {
    const opened = await decodeLink(input);
    if ('error' in opened) throw new Failure(opened.error);
    return complete(opened.study, 'the link', '');
  }
  const isStudy = (text: string) => /\.json$/i.test(input) || text.trimStart().startsWith('{');
  const { text, shipped } = await readModelText(input, io, product);
  if (!shipped && isStudy(text)) {
    const parsed = parseStudy(text);
    if ('errors' in parsed)
      throw new Failure(`${input}: ${describeErrors(parsed.errors).replaceAll('\n', `\n${input}: `)}`);
    return complete(parsed.study, input, input.replace(/[^/\\]*$/, ''));
  }
  const model = compileOrFail(text, input, io, product);
  return { study: { gemello: 1, model: shipped ? { name: input } : { text } }, model, text, tables: {} };
}
