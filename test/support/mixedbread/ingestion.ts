import type { Store, StoreFile } from './holdings.ts'

/** When and how files become searchable. */
export interface IngestionOptions {
  /** Milliseconds from being added to the end, with `in_progress` from half of it; `manual` waits for ingest(). */
  readonly after: number | 'manual'
  /** What a file fails with, as `last_error`; nothing where it succeeds. */
  readonly errorOf: (file: StoreFile) => unknown
}

/** Brings the files of a store to the states that they have by now. */
export function advanceIngestion(store: Store, { after, errorOf }: IngestionOptions, nowMs: number): void {
  if (after === 'manual') return
  for (const file of store.files.values()) {
    if (isSettled(file)) continue
    const elapsedMs = nowMs - file.addedMs
    if (elapsedMs >= after) settle(file, errorOf)
    else if (elapsedMs >= after / 2) file.status = 'in_progress'
  }
}

/** Ends, or only begins, the ingestion of every file that waits for it. */
export function ingest(store: Store, errorOf: IngestionOptions['errorOf'], isOnlyBegun = false): void {
  for (const file of store.files.values()) {
    if (isSettled(file)) continue
    if (isOnlyBegun) file.status = 'in_progress'
    else settle(file, errorOf)
  }
}

function isSettled({ status }: StoreFile): boolean {
  return status !== 'pending' && status !== 'in_progress'
}

function settle(file: StoreFile, errorOf: IngestionOptions['errorOf']): void {
  const error = errorOf(file)
  file.status = error === undefined ? 'completed' : 'failed'
  file.lastError = error ?? null
}
