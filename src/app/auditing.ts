// The doses given, replayed as a fixed schedule, for the result on screen. In: what the result was computed from, start and
// cancel. Out: `Replay`, through a callback. A new result forgets the audit of the one before.
import type { AuditReply, EngineApi } from './client.ts';
import { patientsOf } from './edits.ts';
import { type Shown, sameShown } from './following.ts';

export type Replay =
  | { readonly kind: 'offered'; readonly patients: number }
  | { readonly kind: 'running'; readonly patients: number; readonly finished: number }
  | (Exclude<AuditReply, { kind: 'superseded' }> & { readonly patients: number });

/** An audit solves every patient twice and keeps whole curves: of a large cohort its first ones are looked at. */
export const AUDIT_PATIENTS = 1000;

export class Auditing {
  readonly #engine: Pick<EngineApi, 'audit' | 'cancelAudit'>;
  readonly #changed: (replay: Replay | null) => void;
  #shown: Shown | null = null;
  #replay: Replay | null = null;
  /** Audits are numbered; only the newest may speak. */
  #audit = 0;

  constructor(engine: Pick<EngineApi, 'audit' | 'cancelAudit'>, changed: (replay: Replay | null) => void) {
    this.#engine = engine;
    this.#changed = changed;
  }

  /** Another result is on screen; `decided`: there is something in it to replay. */
  show(shown: Shown, decided: boolean): void {
    const same = this.#shown !== null && sameShown(this.#shown, shown);
    this.#shown = shown;
    // A preview's audit is that of its full result too.
    if (same && decided && this.#replay !== null) return;
    this.cancel();
    const patients = Math.min(patientsOf(shown.study), AUDIT_PATIENTS);
    this.#set(decided ? { kind: 'offered', patients } : null);
  }

  async start(): Promise<void> {
    const shown = this.#shown;
    const replay = this.#replay;
    if (shown === null || replay === null || replay.kind === 'running') return;
    const { patients } = replay;
    const own = ++this.#audit;
    const set = (next: Replay) => {
      if (own === this.#audit) this.#set(next);
    };
    set({ kind: 'running', patients, finished: 0 });
    try {
      const { study, tables } = shown;
      const reply = await this.#engine.audit(study, { patients, tables }, (finished) => {
        // Progress comes on a port of its own and may be later than the answer.
        if (this.#replay?.kind === 'running') set({ kind: 'running', patients, finished });
      });
      set(reply.kind === 'superseded' ? { kind: 'offered', patients } : { ...reply, patients });
    } catch (error) {
      set({ kind: 'failed', patients, message: error instanceof Error ? error.message : String(error) });
    }
  }

  cancel(): void {
    const replay = this.#replay;
    if (replay?.kind !== 'running') return;
    this.#audit++;
    this.#set({ kind: 'offered', patients: replay.patients });
    // A dead engine says so elsewhere.
    void this.#engine.cancelAudit().catch(() => undefined);
  }

  #set(replay: Replay | null): void {
    if (replay === null && this.#replay === null) return;
    this.#replay = replay;
    this.#changed(replay);
  }
}
