import { z } from 'zod'
import { asciiJson } from '../core/ascii-json.ts'
import type { Session } from '../postgres/session.ts'
import { PHASES, STAGES } from '../progress/phases.ts'
import type { ProgressSnapshot } from '../progress/progress-snapshot.ts'
import type { PhaseSnapshot } from '../progress/snapshots.ts'

/** Where runs tell how far they have come. */
const PROGRESS = 'mbsync_progress'
/** Where whoever watches asks them to. */
const WATCH = 'mbsync_watch'

/** PostgreSQL takes less than 8000 bytes. */
const MOST_BYTES = 7900

/** Calls `asked` whenever somebody asks to see how far the run has come. */
export async function listenForWatchers(session: Session, asked: () => void): Promise<void> {
  await session.listen(WATCH, asked)
}

/** Asks the run that is under way, if there is one, to tell how far it has come for a while. */
export async function askForProgress(session: Session): Promise<void> {
  await session.notify(WATCH, '')
}

/** Tells whoever watches how far a run has come. */
export async function sendProgress(session: Session, snapshot: ProgressSnapshot): Promise<void> {
  await session.notify(PROGRESS, encodeSnapshot(snapshot))
}

/** Calls `receive` with what runs on this database tell. Anyone may send to a channel: what is no snapshot is ignored. */
export async function listenForProgress(
  session: Session,
  receive: (snapshot: ProgressSnapshot) => void,
): Promise<void> {
  await session.listen(PROGRESS, (payload) => {
    const snapshot = decodeSnapshot(payload)
    if (snapshot !== undefined) receive(snapshot)
  })
}

/** A snapshot as a text that fits in a notification: where it is too large, notes and then running parts are left out. */
export function encodeSnapshot(snapshot: ProgressSnapshot): string {
  let fitting = snapshot
  for (;;) {
    const text = asciiJson(fitting)
    if (text.length <= MOST_BYTES) return text
    const { notes, phases } = fitting
    fitting =
      notes.length > 0 ? { ...fitting, notes: notes.slice(1) } : { ...fitting, phases: dropPart(phases) }
  }
}

function dropPart(phases: readonly PhaseSnapshot[]): PhaseSnapshot[] {
  const last = phases.at(-1)
  if (last?.copying === undefined || last.copying.running.length === 0) return phases.slice(1)
  const running = last.copying.running.slice(0, -1)
  return [...phases.slice(0, -1), { ...last, copying: { ...last.copying, running } }]
}

const figure = z.number().nonnegative()
const part = z.object({
  table: z.object({ schema: z.string(), name: z.string() }),
  part: figure,
  parts: figure,
  bytes: figure,
  estimatedBytes: figure,
})
const copying = z.object({
  planned: z.object({ parts: figure, estimatedBytes: figure, estimatedRows: figure }),
  finished: z.object({ parts: figure, estimatedBytes: figure, bytes: figure, rows: figure }),
  running: z.array(part),
})
const work = z.object({
  stage: z.enum(STAGES),
  ms: figure,
  busyMs: figure,
  done: figure,
  total: figure,
  running: z.array(z.object({ name: z.string(), amount: figure, ms: figure, reported: figure })),
})
const merge = z.object({
  tables: figure,
  compared: figure,
  merged: figure,
  rowsChanged: figure,
  rowsWritten: figure.optional(),
})
const search = z.object({
  searchIndex: z.string().optional(),
  ms: figure,
  planned: figure,
  answered: figure,
  rejected: figure,
  deletions: figure,
  deleted: figure,
  ingesting: figure.optional(),
  indexes: figure,
  allAnswered: figure,
  allRejected: figure,
  allDeleted: figure,
})
const snapshotSchema = z.object({
  runId: figure,
  profile: z.string(),
  phases: z.array(
    z.object({
      phase: z.enum(PHASES),
      ms: figure,
      copying: copying.optional(),
      tablesCopied: figure.optional(),
      storedBytes: figure.optional(),
      work: work.optional(),
      merge: merge.optional(),
      search: search.optional(),
    }),
  ),
  notes: z.array(
    z.object({
      number: figure,
      type: z.enum(['info', 'warning']),
      message: z.string(),
      hint: z.string().optional(),
    }),
  ),
})

/** The snapshot that a text holds; undefined if it holds none. */
export function decodeSnapshot(text: string): ProgressSnapshot | undefined {
  try {
    return snapshotSchema.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
