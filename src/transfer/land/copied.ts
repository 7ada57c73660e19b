/** What was copied of one table. */
export interface Copied {
  readonly rows: number
  /** The bytes as they were copied. */
  readonly bytes: number
  /** From the start of its first part to the end of its last one. Parts may be copied in parallel. */
  readonly durationMs: number
  /** On the clock of `performance.now()`. */
  readonly startedAt?: number
}

/** The value for a table of which no part was copied. */
export const NOTHING_COPIED: Copied = { rows: 0, bytes: 0, durationMs: 0 }

/** Adds one part to what was copied of a table. */
export function addCopied(before: Copied | undefined, part: Copied): Copied {
  if (before === undefined) return part
  return {
    rows: before.rows + part.rows,
    bytes: before.bytes + part.bytes,
    ...spanOf(before, part),
  }
}

/** The sum of both, from the earlier start to the later end. If a start is unknown, one follows the other. */
function spanOf(a: Copied, b: Copied): Pick<Copied, 'startedAt' | 'durationMs'> {
  if (a.startedAt === undefined || b.startedAt === undefined)
    return { durationMs: a.durationMs + b.durationMs }
  const startedAt = Math.min(a.startedAt, b.startedAt)
  const endedAt = Math.max(a.startedAt + a.durationMs, b.startedAt + b.durationMs)
  return { startedAt, durationMs: endedAt - startedAt }
}
