// `gemello run`: a model, study or link goes in; a table, JSON, CSV or Parquet files come out. The same runStudy as the page's.
import { reproduces } from '../study/audit.ts';
import { inputsDigest, sha256 } from '../study/digest.ts';
import { compareExpectation } from '../study/expect.ts';
import { type KeptEndpoints, keepEndpoints } from '../study/kept-endpoints.ts';
import type { EndpointListener } from '../study/listen.ts';
import type { NcaOptions } from '../study/nca-plan.ts';
import type { Tables } from '../study/prepare.ts';
import type { Result } from '../study/result.ts';
import { DEFAULT_PATIENTS, type Study } from '../study/study.ts';
import { summarySheet } from '../study/summary-sheet.ts';
import type { VpcOptions } from '../study/vpc.ts';
import type { RunCommand } from './arguments.ts';
import { writeLedger, writeNonmem, writeParameters, writeSheet, writeTrajectories } from './export.ts';
import { Failure, type Input, readInput } from './input.ts';
import { ncaOptionsOf, openAnalysis, writeNca } from './nca.ts';
import { settled } from './outcome.ts';
import { type Outputs, openOutputs } from './outputs.ts';
import type { Io, Product, Session } from './ports.ts';
import { checkedText, vpcOptionsOf } from './predictive.ts';
import { progressLine } from './progress.ts';
import type { Scratch } from './scratch.ts';
import { applyOptions, tableName } from './settings.ts';
import { readableJson, resultTable } from './table.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage.ts';
import { withWeights } from './weights.ts';

export async function run(command: RunCommand, io: Terminal, product: Product): Promise<number> {
  const input = await readInput(command.input, io, product);
  const applied = applyOptions(input.study, input.model, command, product.quantity);
  const { weights } = command;
  const study = weights === undefined ? applied : await withWeights(applied, weights, io);
  const tables = await tablesOf(command, study, input, io);
  const { json, vpc, nca, summary, endpoints, parameters, trajectories, ledger, nonmem } = command;
  const vpcOptions = vpcOptionsOf(command);
  const ncaOptions = ncaOptionsOf(command, input.model, product.quantity);
  const paths = [json, vpc, nca, summary, endpoints, parameters, trajectories, ledger, nonmem];
  const outputs = await openOutputs(
    paths.flatMap((path) => (path === undefined || path === '-' ? [] : [path])),
    io,
  );
  let scratch: Scratch | undefined;
  try {
    if (endpoints !== undefined) scratch = await io.scratch(endpoints);
    const kept = scratch && keepEndpoints(scratch);
    return await runInto(outputs, {
      command,
      vpcOptions,
      ncaOptions,
      input,
      study,
      tables,
      kept,
      io,
      product,
    });
  } finally {
    scratch?.discard();
    await outputs.discard();
  }
}

interface Running {
  readonly command: RunCommand;
  readonly vpcOptions: VpcOptions;
  readonly ncaOptions: NcaOptions;
  readonly input: Input;
  readonly study: Study;
  readonly tables: Tables;
  /** Hears the run's endpoints, where a file of them is asked for. */
  readonly kept: KeptEndpoints | undefined;
  readonly io: Terminal;
  readonly product: Product;
}

async function runInto(
  outputs: Outputs,
  { command, vpcOptions, ncaOptions, input, study, tables, kept, io, product }: Running,
): Promise<number> {
  const { json, vpc, nca, summary, endpoints, parameters, trajectories, ledger, nonmem } = command;
  const session = await openSession(command.backend, product);
  try {
    const analysis = nca === undefined ? null : await openAnalysis(session, study, tables, ncaOptions);
    const ran = settled(await withProgress(session, study, tables, io, kept));
    const { warnings } = ran;
    for (const warning of warnings) io.err(`warning: ${warning}\n`);
    const result = command.audit ? await audited(session, study, tables, ran.result, io) : ran.result;
    if (json === '-') io.data(`${readableJson(result)}\n`);
    else if (vpc !== '-') io.out(resultTable(result, session.info));
    if (json !== undefined && json !== '-')
      await outputs.write(json, (file) => file.write(`${readableJson(result)}\n`));
    if (summary !== undefined)
      await outputs.write(summary, (file) => writeSheet(file, summary, summarySheet(result), io));
    if (endpoints !== undefined && kept)
      await outputs.write(endpoints, (file) => writeSheet(file, endpoints, ran.endpointsSheet(kept), io));
    const exported = { session, study, tables, patients: result.patients, io };
    if (parameters !== undefined) {
      if (study.arms?.some(({ set }) => Object.keys(set ?? {}).length > 0))
        io.err(`${parameters}: definitions are written without the arms' own parameters\n`);
      await outputs.write(parameters, (file) => writeParameters(file, parameters, exported));
    }
    if (trajectories !== undefined)
      await outputs.write(trajectories, (file) => writeTrajectories(file, trajectories, exported));
    if (ledger !== undefined) await outputs.write(ledger, (file) => writeLedger(file, exported));
    // Where data are printed, words go elsewhere.
    const aside = json === '-' || vpc === '-' ? { ...io, out: io.err } : io;
    if (nonmem !== undefined)
      await outputs.write(nonmem, (file) => writeNonmem(file, nonmem, { ...exported, io: aside }));
    if (nca !== undefined && analysis)
      await outputs.write(nca, (file) => writeNca(file, analysis, ran.weights, aside));
    if (vpc !== undefined) {
      const text = () => checkedText(session, study, tables, vpcOptions, io);
      if (vpc === '-') io.data(await text());
      else await outputs.write(vpc, async (file) => file.write(await text()));
    }
    sayWhetherReproduced(study, input, tables, result, io);
    const different = result.audit?.arms.some((arm) => !reproduces(arm, result.precision)) ?? false;
    return outputs.failed > 0 || different ? 1 : 0;
  } finally {
    session.dispose();
  }
}

/** A backend that was asked for by name is never replaced by another in silence. */
export async function openSession(preference: RunCommand['backend'], product: Product): Promise<Session> {
  const session = await product.open(preference);
  const { backend, reason } = session.info;
  if (preference === 'auto' || preference === backend) return session;
  session.dispose();
  throw new Failure(`--backend ${preference} cannot run here: ${reason}`);
}

async function audited(session: Session, study: Study, tables: Tables, result: Result, io: Terminal) {
  const { onProgress, clear } = progressLine(io, result.patients);
  try {
    const { signal } = io;
    const { audit } = settled(await session.audit(study, tables, { signal, onProgress }));
    return { ...result, audit };
  } finally {
    clear();
  }
}

async function tablesOf(command: RunCommand, study: Study, input: Input, io: Io): Promise<Tables> {
  if (command.cohort !== undefined) {
    const csv = await io.read(command.cohort);
    if (csv === undefined) throw new UsageError(`--cohort ${command.cohort}: there is no such file`);
    return { [tableName(command.cohort)]: csv };
  }
  if (command.data !== undefined) {
    const csv = await io.read(command.data);
    if (csv === undefined) throw new UsageError(`--data ${command.data}: there is no such file`);
    return { [tableName(command.data)]: csv };
  }
  const { table, data } = study.cohort ?? {};
  const wanted = table ?? data?.file;
  if (wanted !== undefined && input.tables[wanted] === undefined)
    throw new Failure(
      `the study takes its patients from ${wanted}, which is not beside it; give it with ${table === undefined ? '--data' : '--cohort'}`,
    );
  return input.tables;
}

async function withProgress(
  session: Session,
  study: Study,
  tables: Tables,
  io: Terminal,
  listener?: EndpointListener,
) {
  const total = study.cohort?.typical ? 1 : patientsOf(study, tables);
  const { onProgress, clear } = progressLine(io, total);
  const heard = listener && { onEndpoints: listener.onEndpoints, onRestart: listener.onRestart };
  try {
    return await session.run(study, tables, { signal: io.signal, onProgress, ...heard });
  } finally {
    clear();
  }
}

/** As near as a progress line needs it: rows of a table are its lines. */
function patientsOf({ cohort }: Study, tables: Tables): number {
  const { patients, clouds, table } = cohort ?? {};
  if (patients !== undefined || clouds === undefined) return patients ?? DEFAULT_PATIENTS;
  const lines = (tables[table ?? ''] ?? '').split('\n').filter((line) => line.trim() !== '');
  return Math.max(1, clouds * (lines.length - 1));
}

/** A study that carries what its sharer saw is held against it. */
function sayWhetherReproduced(study: Study, input: Input, tables: Tables, result: Result, io: Io): void {
  if (study.expect === undefined) return;
  const name = study.cohort?.table ?? study.cohort?.data?.file;
  const table = name === undefined ? undefined : tables[name];
  const digest = inputsDigest(study, {
    modelSha256: sha256(input.text),
    gemello: result.gemello,
    ...(table !== undefined && { table }),
  });
  io.err(`${compareExpectation(study.expect, result, digest).sentence}\n`);
}
