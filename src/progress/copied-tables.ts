import { TableMap } from '../core/table-map.ts'
import type { TableName } from '../core/table-name.ts'
import type { ProgressEvent } from './progress.ts'

/** A table whose parts have all landed. */
export interface CopiedTable {
  readonly table: TableName
  readonly rows: number
  readonly bytes: number
  readonly durationMs: number
}

interface Landing {
  readonly startedMs: number
  parts: number
  rows: number
  bytes: number
}

/** Puts the parts of tables together again, to tell when a whole table has landed. */
export class CopiedTables {
  readonly #copying = new TableMap<Landing>()

  /** Takes in an event; returns the table that it completes, if it does. */
  observe(event: ProgressEvent, nowMs: number): CopiedTable | undefined {
    if (event.type !== 'part-started' && event.type !== 'part-finished') return undefined
    const { table } = event
    const landing = this.#copying.get(table) ?? { startedMs: nowMs, parts: 0, rows: 0, bytes: 0 }
    this.#copying.set(table, landing)
    if (event.type === 'part-started') return undefined

    landing.parts += 1
    landing.rows += event.rows
    landing.bytes += event.bytes
    if (landing.parts < event.parts) return undefined
    this.#copying.delete(table)
    return { table, rows: landing.rows, bytes: landing.bytes, durationMs: nowMs - landing.startedMs }
  }
}
