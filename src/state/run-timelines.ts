import { z } from 'zod'
import { asciiJson } from '../core/ascii-json.ts'
import type { Session } from '../postgres/session.ts'
import { PHASES } from '../progress/phases.ts'
import { SPAN_KINDS, type Timeline } from '../progress/timeline.ts'

/** What a run leaves behind of its course. */
export interface RunRecord {
  readonly timeline: Timeline
  /** What it warned of, on its way and at its end. */
  readonly warnings: readonly { readonly message: string; readonly hint?: string | undefined }[]
}

/** Writes down the course of a run: lists of lists, which take a third of the room of rows, in any encoding. */
export async function insertTimeline(
  session: Session,
  runId: number,
  { timeline, warnings }: RunRecord,
): Promise<void> {
  const phases = timeline.phases.map(({ phase, from, to }) => [phase, from, to])
  const spans = timeline.spans.map((span) => {
    const { kind, worker, name, part, parts, from, to, rows, bytes } = span
    return [kind, worker, name, part, parts, from, to, rows, bytes]
  })
  const samples = timeline.samples.map(({ at, bytes, documents }) => [at, bytes, documents])
  await session.query('INSERT INTO mbsync.run_timelines VALUES ($1, $2, $3, $4, $5)', [
    runId,
    ...[phases, spans, samples, warnings].map(asciiJson),
  ])
}

const figure = z.number()
/** `finish` was called `settle` once. */
const phaseName = z.preprocess((name) => (name === 'settle' ? 'finish' : name), z.enum(PHASES))
const recordSchema = z.object({
  phases: z.array(
    z.tuple([phaseName, figure, figure]).transform(([phase, from, to]) => ({ phase, from, to })),
  ),
  spans: z.array(
    z
      .tuple([z.enum(SPAN_KINDS), figure, z.string(), figure, figure, figure, figure, figure, figure])
      .transform(([kind, worker, name, part, parts, from, to, rows, bytes]) => {
        return { kind, worker, name, part, parts, from, to, rows, bytes }
      }),
  ),
  samples: z.array(
    z.tuple([figure, figure, figure]).transform(([at, bytes, documents]) => ({ at, bytes, documents })),
  ),
  warnings: z.array(z.object({ message: z.string(), hint: z.string().optional() })),
})

/** What each of some runs warned of, by run. */
export async function readRunWarnings(
  session: Session,
  runIds: readonly number[],
): Promise<Map<number, RunRecord['warnings']>> {
  if (runIds.length === 0) return new Map()
  const rows = await session.query<{ id: number; warnings: unknown }>(
    'SELECT run_id::float8 AS id, warnings FROM mbsync.run_timelines WHERE run_id = ANY ($1)',
    [runIds],
  )
  return new Map(rows.map(({ id, warnings }) => [id, recordSchema.shape.warnings.parse(warnings)]))
}

/** The course of a run; undefined while it lasts, and of one whose process died. */
export async function readTimeline(session: Session, runId: number): Promise<RunRecord | undefined> {
  const [row] = await session.query(
    'SELECT phases, spans, samples, warnings FROM mbsync.run_timelines WHERE run_id = $1',
    [runId],
  )
  if (row === undefined) return undefined
  const { warnings, ...timeline } = recordSchema.parse(row)
  return { timeline, warnings }
}
