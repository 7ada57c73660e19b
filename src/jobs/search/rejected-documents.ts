import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import type { Profile, SearchIndexConfig } from '../../config/config.ts'
import { FailedError } from '../../core/errors.ts'
import { readDocuments } from '../../indexing/documents/query-documents.ts'
import {
  readRejectedStoreDocuments,
  readStoreDocumentTexts,
} from '../../indexing/documents/read-store-documents.ts'
import { readOwnCollections } from '../../indexing/own-collections.ts'
import { entitiesOf, queryOf } from '../../indexing/search-task.ts'
import type { Session } from '../../postgres/session.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { withTarget } from '../../run/databases.ts'
import { type RejectedDocument, readRejected } from '../../state/documents.ts'
import { hasState } from '../../state/migrate.ts'

/** The documents that servers rejected. */
export interface RejectedReport {
  readonly profile: string
  readonly indexes: readonly {
    readonly searchIndex: string
    readonly documents: readonly RejectedDocument[]
  }[]
  /** Where they were written, with their text. */
  readonly output: string | undefined
}

const MOST_REJECTED = 100_000
const TEXTS_AT_ONCE = 100

/** Lists what the last runs could not index. Changes nothing in the target. */
export async function listRejected(
  profile: Profile,
  indexes: readonly SearchIndexConfig[],
  { limit, output }: { readonly limit: number; readonly output: string | undefined },
  context: JobContext,
): Promise<RejectedReport> {
  return withTarget(profile, context, async (target) => {
    const session = await target.session()
    const isKnown = await hasState(session)
    const file = output === undefined ? undefined : openOutput(output)
    const listed = []
    for (const config of isKnown ? indexes : []) {
      const documents = await readRejectedOf(session, config, file === undefined ? limit : MOST_REJECTED)
      listed.push({ searchIndex: config.name, documents: documents.slice(0, limit) })
      if (file === undefined) continue
      for (let at = 0; at < documents.length; at += TEXTS_AT_ONCE)
        await writeTexts(session, config, documents.slice(at, at + TEXTS_AT_ONCE), file)
    }
    if (file !== undefined) await close(file, output)
    return { profile: profile.name, indexes: listed, output }
  })
}

async function writeTexts(
  session: Session,
  config: SearchIndexConfig,
  documents: readonly RejectedDocument[],
  file: WriteStream,
): Promise<void> {
  const ids = documents.map(({ id }) => id)
  const texts = await readTextsOf(session, config, ids)
  const lines = documents.map(({ id, error }) => lineOf(config.name, id, error, texts.get(id)))
  if (!file.write(lines.join('')) && !file.destroyed) await once(file, 'drain').catch(() => undefined)
}

/** Of the collection that searches reach, and of one that was not published because of them. */
async function readRejectedOf(
  session: Session,
  config: SearchIndexConfig,
  limit: number,
): Promise<RejectedDocument[]> {
  const read = config.home.type === 'mixedbread' ? readRejectedStoreDocuments : readRejected
  const found = new Map<string, RejectedDocument>()
  for (const { id, status } of await readOwnCollections(session, config)) {
    if (status === 'old') continue
    for (const document of await read(session, id, limit)) {
      const earlier = found.get(document.id)
      if (earlier === undefined || earlier.runId < document.runId) found.set(document.id, document)
    }
  }
  return [...found.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, limit)
}

async function readTextsOf(
  session: Session,
  config: SearchIndexConfig,
  ids: readonly string[],
): Promise<Map<string, string>> {
  return config.home.type === 'mixedbread'
    ? readStoreDocumentTexts(session, entitiesOf(config), ids)
    : readDocuments(session, queryOf(config), ids)
}

/** The document stays the text that PostgreSQL made. */
function lineOf(searchIndex: string, id: string, error: string, document: string | undefined): string {
  const facts = JSON.stringify({ search_index: searchIndex, id, error }).slice(0, -1)
  return `${facts},"document":${document ?? 'null'}}\n`
}

function openOutput(path: string) {
  const file = createWriteStream(path, { mode: 0o600 })
  // Told when it is closed.
  file.on('error', () => undefined)
  return file
}

async function close(file: ReturnType<typeof openOutput>, path = ''): Promise<void> {
  file.end()
  await finished(file).catch((cause: unknown) => {
    throw new FailedError(`${path} cannot be written`, {
      hint: 'Check the folder, its permissions and the free disk space.',
      cause,
    })
  })
}
