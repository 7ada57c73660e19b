import { MANAGED_BY } from './read-document.ts'
import type { RemoteFile } from './remote-file.ts'
import type { FileChoice, StoreFiles } from './store-files.ts'

/** A document of mbsync's as its store has it. */
export interface RemoteDocument extends RemoteFile {
  readonly externalId: string
}

/** Which of mbsync's documents are meant; all where nothing is said. */
export interface DocumentScope {
  readonly scope?: 'global' | 'tenant'
  readonly tenantId?: string
  readonly entityType?: string
}

/**
 * Lists documents in portions of at most 100. Those that are written, deleted or change their state meanwhile may be missed, or come
 * twice: what is not listed must be looked up before it is taken for gone.
 */
export async function* listDocuments(
  files: StoreFiles,
  choice: FileChoice,
): AsyncGenerator<readonly RemoteDocument[]> {
  let after: string | undefined
  do {
    const page = await files.listPage(choice, { after })
    const documents = page.files.filter(isDocument)
    if (documents.length > 0) yield documents
    after = page.next
  } while (after !== undefined)
}

/** The filter, as Mixedbread writes it, of mbsync's documents in a scope. */
export function filterOf({ scope, tenantId, entityType }: DocumentScope): FileChoice['filter'] {
  const wanted = { managed_by: MANAGED_BY, scope, tenant_id: tenantId, entity_type: entityType }
  const all = Object.entries(wanted)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ({ key, operator: 'eq' as const, value }))
  return { all }
}

function isDocument(file: RemoteFile): file is RemoteDocument {
  return file.externalId !== undefined
}
