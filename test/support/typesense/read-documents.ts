import { notFound } from './api-error.ts'
import { type Call, collectionOf, json, param, queryValue, type Reply, text } from './call.ts'
import { type Document, type StoredDocument, visibleDocuments } from './collection.ts'
import { type Fault, pick } from './fault.ts'
import { checkFilter, parseFilter, passes } from './parse-filter.ts'
import { checkJoin } from './references.ts'

const LINES_PER_CHUNK = 100

/** Handles GET /collections/:collection/documents/:id. */
export function getDocument(call: Call): Reply {
  const id = param(call, 'id')
  const stored = visibleDocuments(collectionOf(call)).get(id)
  if (stored === undefined) throw notFound(`Could not find a document with id: ${id}`)
  return json(projected(stored.document, call))
}

/** Handles GET /collections/:collection/documents/export: lines without one after the last. */
export function exportDocuments(call: Call): Reply {
  return text(chunksOf(filtered(call), call))
}

/** Handles GET /collections/:collection/documents/search, which counts and pages but ranks nothing. */
export function searchDocuments(call: Call): Reply {
  const found = filtered(call)
  const perPage = Number(queryValue(call, 'per_page') ?? 10)
  const page = Number(queryValue(call, 'page') ?? 1)
  const hits = found.slice((page - 1) * perPage, page * perPage)
  const collection = collectionOf(call)
  return json({
    facet_counts: [],
    found: found.length + collection.countedIds.size,
    hits: hits.map(({ document }) => ({ document: projected(document, call), highlights: [] })),
    out_of: visibleDocuments(collection).size + collection.countedIds.size,
    page,
    request_params: { collection_name: collection.schema.name, per_page: perPage, q: queryValue(call, 'q') },
    search_time_ms: 0,
  })
}

function filtered(call: Call): StoredDocument[] {
  const collection = collectionOf(call)
  const all = [...visibleDocuments(collection).values()]
  const text = queryValue(call, 'filter_by')
  if (text === undefined) return all
  if (text.startsWith('$')) {
    checkJoin(call.store, collection, text)
    return all
  }
  const filter = parseFilter(text)
  checkFilter(filter, collection.schema)
  return all.filter(({ document }) => passes(filter, document))
}

function* chunksOf(documents: readonly StoredDocument[], call: Call): Generator<string> {
  const isWhole =
    queryValue(call, 'include_fields') === undefined && queryValue(call, 'exclude_fields') === undefined
  for (let start = 0; start < documents.length; start += LINES_PER_CHUNK) {
    const lines = documents
      .slice(start, start + LINES_PER_CHUNK)
      .map(
        ({ document, text }, index) =>
          errorLine(start + index, call.faults) ??
          (isWhole ? text : JSON.stringify(projected(document, call))),
      )
    yield (start === 0 ? '' : '\n') + lines.join('\n')
  }
}

/** The error that stands in the place of a document that could not be read. */
function errorLine(index: number, faults: readonly Fault[]): string | undefined {
  const fault = pick(faults, 'error-line')
  if (fault?.afterLines !== index) return undefined
  return fault.line ?? JSON.stringify({ code: 500, error: 'Error while fetching the document.' })
}

function projected(document: Document, call: Call): Document {
  const included = queryValue(call, 'include_fields')?.split(',')
  const excluded = queryValue(call, 'exclude_fields')?.split(',') ?? []
  return Object.fromEntries(
    Object.entries(document).filter(
      ([name]) => (included?.includes(name) ?? true) && !excluded.includes(name),
    ),
  )
}
