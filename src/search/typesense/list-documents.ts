import { FailedError } from '../../core/errors.ts'
import type { IndexDocument } from '../search-index.ts'
import type { ControlPlane } from './control-plane.ts'
import { FAILURE_HINTS, TypesenseFailure } from './failure.ts'
import { isPlain, valueFilters } from './id-filters.ts'
import type { Transport } from './transport.ts'

const IDS_AT_ONCE = 1000
const VALUES_IN_FILTER = 50
const TEXTS_AT_ONCE = 100

/** Reads the ids of all documents, in portions. */
export async function* listIds(
  transport: Transport,
  collection: string,
): AsyncGenerator<readonly string[], void> {
  const all = { collection, query: '?include_fields=id', portion: IDS_AT_ONCE }
  for await (const documents of exported(transport, all)) yield documents.map(({ id }) => id)
}

/** Which of these documents the collection lacks, among those whose ids a filter can name. */
export async function findMissing(
  transport: Transport,
  collection: string,
  ids: readonly string[],
): Promise<string[]> {
  const found = new Set<string>()
  for await (const documents of findDocuments(transport, collection, 'id', ids))
    for (const { id } of documents) found.add(id)
  return ids.filter((id) => isPlain(id) && !found.has(id))
}

/** The documents in which a field has one of these values, as far as a filter can name them, with another field beside the id if it is given. */
export async function* findDocuments(
  transport: Transport,
  collection: string,
  field: string,
  values: readonly (string | number)[],
  included?: string,
): AsyncGenerator<readonly IndexDocument[], void> {
  const fields = included === undefined ? 'id' : `id,${encodeURIComponent(included)}`
  for (const filter of valueFilters(field, values, VALUES_IN_FILTER))
    yield* exported(transport, {
      collection,
      query: `?include_fields=${fields}&filter_by=${filter}`,
      portion: IDS_AT_ONCE,
    })
}

/** Reads all documents in portions, without the embeddings that the server makes of them. */
export async function* listTexts(
  { transport, call }: ControlPlane,
  collection: string,
): AsyncGenerator<readonly IndexDocument[], void> {
  const { fields } = await call((client) => client.collections(collection).retrieve())
  const made = fields.filter(({ embed }) => embed !== undefined).map(({ name }) => encodeURIComponent(name))
  const query = made.length === 0 ? '' : `?exclude_fields=${made.join(',')}`
  yield* exported(transport, { collection, query, portion: TEXTS_AT_ONCE })
}

/** The names of the fields that servers index and do not keep: no document comes back with them. */
export async function listUnread({ call }: ControlPlane, collection: string): Promise<ReadonlySet<string>> {
  const { fields } = await call((client) => client.collections(collection).retrieve())
  return new Set(fields.filter(({ store }) => store === false).map(({ name }) => name))
}

/** What to export. */
interface Export {
  readonly collection: string
  readonly query: string
  readonly portion: number
}

/** Memory is constant: the server waits for the reader. */
async function* exported(transport: Transport, wanted: Export): AsyncGenerator<IndexDocument[], void> {
  // Until something was given away, the export can begin anew.
  let { portions, next } = await transport.repeat(async () => {
    const portions = portionsOf(transport, wanted)
    return { portions, next: await portions.next() }
  })
  try {
    while (!next.done) {
      yield next.value
      next = await portions.next().catch((error: unknown) => {
        throw brokenOff(error, transport)
      })
    }
  } finally {
    await portions.return()
  }
}

async function* portionsOf(transport: Transport, wanted: Export): AsyncGenerator<IndexDocument[], void> {
  const path = `/collections/${encodeURIComponent(wanted.collection)}/documents/export${wanted.query}`
  let portion: IndexDocument[] = []
  for await (const json of linesOf(transport.stream({ method: 'GET', path }))) {
    portion.push({ id: idIn(json, transport), json })
    if (portion.length < wanted.portion) continue
    yield portion
    portion = []
  }
  if (portion.length > 0) yield portion
}

/** Lines are cut in bytes: a piece may end within a character. */
async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<string, void> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece])
    const end = bytes.lastIndexOf(10)
    rest = bytes.subarray(end + 1)
    if (end > 0) yield* filled(bytes.toString('utf8', 0, end).split('\n'))
  }
  yield* filled([rest.toString('utf8')])
}

function filled(lines: readonly string[]): string[] {
  return lines.filter((line) => line.trim() !== '')
}

/** Errors come as lines of a reply that is a success otherwise; a document may have a field of that name, too. */
function idIn(line: string, { place }: Transport): string {
  try {
    const { id, error, ...rest } = JSON.parse(line)
    if (typeof id === 'string' && (error === undefined || Object.keys(rest).length > 0)) return id
  } catch {}
  throw new TypesenseFailure('broken reply', `${place} sent a line without an id among those of an export`, {
    hint: FAILURE_HINTS['broken reply'],
  })
}

function brokenOff(error: unknown, { signal, place }: Transport): unknown {
  if (signal.aborted) return error
  return new FailedError(`The list of documents of ${place} broke off`, {
    cause: error,
    hint: 'The list is incomplete: run again.',
  })
}
