import { FailedError } from '../../core/errors.ts'
import { FAILURE_HINTS } from './failure-hints.ts'
import type { Transport } from './transport.ts'
import { TypesenseFailure } from './typesense-failure.ts'

const PORTION = 1000

/** Reads the ids of all documents, in portions. Memory is constant: the server waits for the reader. */
export async function* listIds(
  transport: Transport,
  collection: string,
): AsyncGenerator<readonly string[], void> {
  // Until something was given away, the export can begin anew.
  let { portions, next } = await transport.repeat(async () => {
    const portions = portionsOf(transport, collection)
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

async function* portionsOf(transport: Transport, collection: string): AsyncGenerator<string[], void> {
  const path = `/collections/${encodeURIComponent(collection)}/documents/export?include_fields=id`
  let portion: string[] = []
  for await (const line of linesOf(transport.stream({ method: 'GET', path }))) {
    portion.push(idIn(line, transport))
    if (portion.length < PORTION) continue
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

/** Errors come as lines of a reply that is a success otherwise. */
function idIn(line: string, { place }: Transport): string {
  try {
    const { id, error } = JSON.parse(line)
    if (typeof id === 'string' && error === undefined) return id
  } catch {}
  throw new TypesenseFailure('broken reply', `${place} sent a line without an id among those of an export`, {
    hint: FAILURE_HINTS['broken reply'],
  })
}

function brokenOff(error: unknown, { signal, place }: Transport): unknown {
  if (signal.aborted) return error
  return new FailedError(`The list of the document ids of ${place} broke off`, {
    cause: error,
    hint: 'A part of the list is of no use: run again.',
  })
}
