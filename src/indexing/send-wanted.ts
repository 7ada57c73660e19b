import type { Database } from '../postgres/database.ts'
import type { Session } from '../postgres/session.ts'
import { deleteDocuments, sendDocuments } from '../search/send-documents.ts'
import type { DocumentLedger } from './document-ledger.ts'
import type { WantedDocuments } from './documents/wanted-documents.ts'
import type { Filling } from './fill-collection.ts'
import type { SearchFigures, SearchTask } from './search-task.ts'

/** Beyond this share of changes, statistics of the state would mislead. */
const ANALYZED_SHARE = 0.05
const IDS_AT_ONCE = 50_000

/** Sends what has changed, then deletes what is no longer wanted; each answer is written down before the next request of its worker. */
export async function sendWanted(
  task: SearchTask,
  filling: Filling,
  wanted: WantedDocuments,
  figures: SearchFigures,
): Promise<void> {
  const { config, index, watch } = task
  const deletions = await filling.ledger.countVanished(wanted)
  const { documents, changed } = wanted
  watch.report({ type: 'documents-planned', searchIndex: config.name, documents, changed, deletions })
  if (changed + deletions === 0) return
  await withClerks(task, index.limits.parallel, async (write) => {
    if (changed > 0) await sendChanged(task, filling, wanted, figures, write)
    if (deletions > 0) await deleteVanished(task, filling, wanted, figures, write)
  })
  if (changed + deletions > documents * ANALYZED_SHARE) await filling.ledger.tidy()
}

/** What was never sent needs no marks: if it is gone on with, ids are compared. */
async function sendChanged(
  { config, index, session, target, watch, stop }: SearchTask,
  { ledger, collection, reached }: Filling,
  wanted: WantedDocuments,
  figures: SearchFigures,
  write: Write,
): Promise<void> {
  if (reached !== 'empty') await ledger.markPending(wanted)
  const reader = await target.session()
  await sendDocuments(
    index,
    collection,
    ledger.readPending(reader, wanted),
    async (documents, outcomes) => {
      await write((clerk) => ledger.record(clerk, documents, outcomes))
      const rejected = outcomes.filter(({ kind }) => kind === 'rejected').length
      const indexed = outcomes.length - rejected
      figures.rejected += rejected
      figures.indexed += indexed
      watch.report({ type: 'documents-answered', searchIndex: config.name, indexed, rejected })
      await expectLockHolder(session)
    },
    stop,
  )
  await reader.end()
}

async function deleteVanished(
  { config, index, watch, stop }: SearchTask,
  { ledger, collection }: Filling,
  wanted: WantedDocuments,
  figures: SearchFigures,
  write: Write,
): Promise<void> {
  await deleteDocuments(
    index,
    collection,
    vanishedIds(ledger, wanted),
    async (ids) => {
      await write((clerk) => ledger.forget(clerk, ids))
      figures.deleted += ids.length
      watch.report({ type: 'documents-deleted', searchIndex: config.name, deleted: ids.length })
    },
    stop,
  )
}

async function* vanishedIds(
  ledger: DocumentLedger,
  wanted: WantedDocuments,
): AsyncGenerator<readonly string[]> {
  let after = ''
  for (;;) {
    const ids = await ledger.readVanished(wanted, after, IDS_AT_ONCE)
    const last = ids.at(-1)
    if (last === undefined) return
    yield ids
    after = last
  }
}

/** The run lock goes with this session: without it, another run may be sending, too. One worker at a time looks. */
async function expectLockHolder(session: Session): Promise<void> {
  if (!session.isRunning) await session.execute('SELECT 1')
}

/** Writes something down on a session that nobody else uses meanwhile. */
type Write = (work: (clerk: Session) => Promise<void>) => Promise<void>

/**
 * Opens a session for each worker. An answer that a crash of the server forgets is asked for again, so none waits for the disk. What was
 * acknowledged before an abort is written down after it, on a session of its own.
 */
async function withClerks(
  { target, watch }: { readonly target: Database; readonly watch: SearchTask['watch'] },
  count: number,
  use: (write: Write) => Promise<void>,
): Promise<void> {
  const clerks = await Promise.all(Array.from({ length: count }, () => target.session()))
  // They find documents by their ids alone: through the index, however small the table seems.
  for (const clerk of clerks) await clerk.execute('SET synchronous_commit = off; SET enable_seqscan = off')
  const idle = [...clerks]
  await use(async (work) => {
    const clerk = idle.pop()
    if (clerk === undefined) throw new Error('More workers than clerks')
    await work(clerk).catch((error: unknown) => {
      if (!watch.signal.aborted) throw error
      return target.withClosingSession(work)
    })
    idle.push(clerk)
  })
  await Promise.all(clerks.map((clerk) => clerk.end()))
}
