import type { Profile, SearchIndexConfig } from '../../config/config.ts'
import { UsageError } from '../../core/errors.ts'
import { writeWhole } from '../../files/write-whole.ts'
import { type DocumentSelection, readStoreDocuments } from '../../indexing/documents/read-store-documents.ts'
import { entitiesOf } from '../../indexing/search-task.ts'
import type { JobContext } from '../../progress/job-context.ts'
import { withTarget } from '../../run/databases.ts'

/** How documents are written to a file: one a line, or all in an array. */
export type DocumentFormat = 'ndjson' | 'json'

/** Documents that were written to a file. */
export interface DocumentExport {
  readonly profile: string
  readonly searchIndex: string
  readonly documents: number
  readonly output: string
}

/**
 * Writes the documents of a Mixedbread store to a file, exactly as they would be sent. Sends nothing and remembers nothing.
 */
export async function exportDocuments(
  profile: Profile,
  config: SearchIndexConfig,
  selection: DocumentSelection,
  { output, format }: { readonly output: string; readonly format: DocumentFormat },
  context: JobContext,
): Promise<DocumentExport> {
  expectType(config, selection.type)
  return withTarget(profile, context, async (target) => {
    const session = await target.session()
    let documents = 0
    const texts = async function* () {
      if (format === 'json') yield '['
      for await (const portion of readStoreDocuments(session, entitiesOf(config), selection)) {
        yield portion.map((json, at) => separator(format, documents + at) + json).join('')
        documents += portion.length
      }
      yield format === 'json' ? '\n]\n' : documents > 0 ? '\n' : ''
    }
    await session.busy('COPY the documents TO STDOUT', () => writeWhole(output, texts()))
    return { profile: profile.name, searchIndex: config.name, documents, output }
  })
}

function separator(format: DocumentFormat, at: number): string {
  if (format === 'json') return at === 0 ? '\n' : ',\n'
  return at === 0 ? '' : '\n'
}

function expectType(config: SearchIndexConfig, type: string | undefined): void {
  const names = entitiesOf(config).map(({ name }) => name)
  if (type === undefined || names.includes(type)) return
  throw new UsageError(`${config.name} has no entity type of that name`, {
    hint: `Its entity types are ${names.map((name) => `\`${name}\``).join(', ')}.`,
  })
}
