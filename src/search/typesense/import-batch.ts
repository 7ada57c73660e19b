import type { DocumentOutcome, IndexDocument } from '../search-index.ts'
import { cleanDocumentText } from './clean-text.ts'
import { explainRejection } from './explain-rejection.ts'
import { FAILURE_HINTS, TypesenseFailure } from './failure.ts'
import type { Transport } from './transport.ts'

/** Sends documents in one request, once; the outcomes are in their order. */
export async function importBatch(
  transport: Transport,
  collection: string,
  documents: readonly IndexDocument[],
): Promise<DocumentOutcome[]> {
  const query = new URLSearchParams({ action: 'upsert' })
  for (const [name, value] of Object.entries(transport.importParameters)) query.set(name, String(value))
  const reply = await transport.send({
    method: 'POST',
    path: `/collections/${encodeURIComponent(collection)}/documents/import?${query}`,
    body: documents.map(({ json }) => onOneLine(json)).join('\n'),
  })
  const lines = reply.split('\n').filter((line) => line.trim() !== '')
  // Result lines have no id: any other number of them says nothing about any document.
  if (lines.length !== documents.length) {
    throw broken(transport, `${lines.length} results for ${documents.length} documents`)
  }
  return lines.map((line, index) => outcomeOf(line, documents[index]?.json ?? '', transport))
}

/** A line feed outside of a JSON string is only space, but would make one document two. */
function onOneLine(json: string): string {
  return json.includes('\n') ? json.replaceAll('\n', ' ') : json
}

function outcomeOf(line: string, json: string, transport: Transport): DocumentOutcome {
  if (line === '{"success":true}') return { kind: 'indexed' }
  const { success, error } = parsed(line) ?? {}
  if (success === true) return { kind: 'indexed' }
  if (success !== false) throw broken(transport, 'a result that reports neither success nor failure')
  const text = typeof error === 'string' ? cleanDocumentText(error, json, transport.apiKey) : ''
  const reason = explainRejection(text, json)
  return { kind: 'rejected', error: reason || 'The server gives no reason.' }
}

function parsed(line: string): { readonly success?: unknown; readonly error?: unknown } | undefined {
  try {
    return JSON.parse(line) ?? undefined
  } catch {
    return undefined
  }
}

function broken({ place }: Transport, what: string): TypesenseFailure {
  return new TypesenseFailure('broken reply', `${place} answered an import with ${what}`, {
    hint: FAILURE_HINTS['broken reply'],
  })
}
