// In the worker: every patient's endpoints as a file to download. In: a study and its tables. Out: a Blob with CSV or Parquet,
// or why there is none. The study runs again, because the page keeps no patients; on WebAssembly these are the same bits as
// in the result on screen, on a GPU the same numbers within its precision. Endpoints wait in memory until the run is over.
import type { Engine } from '../engine/engine.ts';
import { keepEndpoints, memoryStore } from '../study/kept-endpoints.ts';
import { endpointsSheet } from '../study/patient-sheets.ts';
import type { Tables } from '../study/prepare.ts';
import { runStudy } from '../study/run.ts';
import { type SheetFormat, sheetBlob } from '../study/sheet.ts';
import type { Study } from '../study/study.ts';
import type { FileReply } from './client.ts';

/** Numbers that a page may hold [half a gigabyte]: a million patients, two arms, thirty endpoints. */
const MOST_NUMBERS = 2 ** 26;

export interface EndpointsFile {
  readonly engine: Engine;
  readonly tables: Tables;
  readonly format: SheetFormat;
  readonly signal: AbortSignal;
  readonly onProgress?: (finished: number) => void;
}

/** Rejects with the signal's reason when aborted. */
export async function endpointsFile(
  study: Study,
  { engine, tables, format, signal, onProgress }: EndpointsFile,
): Promise<FileReply> {
  const kept = keepEndpoints(memoryStore(MOST_NUMBERS));
  const { onEndpoints, onRestart } = kept;
  const ran = await runStudy(study, {
    engine,
    tables,
    options: { signal, onEndpoints, onRestart, ...(onProgress && { onProgress }) },
  });
  if (ran.kind === 'diagnostics' || ran.kind === 'refused') {
    const said = ran.kind === 'refused' ? ran.errors : ran.diagnostics;
    return { kind: 'failed', message: said.map(({ message }) => message).join('\n') };
  }
  const { prepared, weights } = ran;
  const sheet = endpointsSheet({ prepared, kept, weights: weights?.of });
  return { kind: 'done', file: await sheetBlob(sheet, format, signal) };
}
