import {
  detach,
  findByExternalId,
  type Holdings,
  type Store,
  type StoreFile,
  type StoreFileStatus,
} from './holdings.ts'

/** A file of the store, with the text that was uploaded. */
interface StoredDocument {
  readonly id: string
  readonly externalId: string | null
  readonly filename: string
  readonly mimeType: string
  readonly metadata: unknown
  readonly config: unknown
  readonly content: string
  readonly status: StoreFileStatus
  readonly lastError: unknown
}

/** An upload that no store refers to. */
interface Orphan {
  readonly id: string
  readonly filename: string
  readonly content: string
}

/** What a file of the store may be changed to without its client. */
interface DocumentChange {
  readonly metadata?: unknown
  readonly content?: string
  readonly status?: StoreFileStatus
  readonly lastError?: unknown
}

/** Looks into an account past its API, and meddles with it. */
export interface Inspection {
  /** The files of the store in the order they were added, those without an external id among them. */
  documents(): StoredDocument[]
  /** A file of the store by its external id. */
  document(externalId: string): StoredDocument | undefined
  /** Uploads that nothing refers to. */
  orphans(): Orphan[]
  /** How many files are uploaded in all. */
  uploadCount(): number
  /** Drops every file and upload; the stores stay. */
  drop(): void
  /** Uploads and adds a file behind the client's back. */
  add(externalId: string | null, content: string, metadata?: unknown): StoredDocument
  /** Changes a file behind the client's back. */
  change(externalId: string, change: DocumentChange): void
  /** Takes a file out of the store behind the client's back; it stays uploaded. */
  remove(externalId: string): void
}

/** Inspects an account and one of its stores, brought up to date first. */
export function inspect(holdings: Holdings, store: Store, bringUpToDate: () => void): Inspection {
  const documents = () => {
    bringUpToDate()
    return [...store.files.values()].map(describe)
  }
  const find = (externalId: string) => {
    bringUpToDate()
    const file = findByExternalId(store, externalId)
    if (file === undefined) throw new Error(`The store has no file ${JSON.stringify(externalId)}`)
    return file
  }
  return {
    documents,
    document: (externalId) => {
      bringUpToDate()
      const file = findByExternalId(store, externalId)
      return file && describe(file)
    },
    orphans: () => findOrphans(holdings),
    uploadCount: () => holdings.uploads.size,
    drop: () => {
      for (const id of [...holdings.uploads.keys()]) holdings.deleteUpload(id)
    },
    add: (externalId, content, metadata = {}) => {
      const upload = holdings.upload(`${externalId ?? 'file'}.txt`, 'text/plain', Buffer.from(content))
      return describe(holdings.attach(store, upload, { externalId, metadata, config: null }))
    },
    change: (externalId, { content, ...change }) => {
      const file = Object.assign(find(externalId), change)
      if (content !== undefined) file.upload.content = Buffer.from(content)
    },
    remove: (externalId) => detach(store, find(externalId)),
  }
}

function findOrphans({ stores, uploads }: Holdings): Orphan[] {
  return [...uploads.values()]
    .filter(({ id }) => !stores.some(({ files }) => files.has(id)))
    .map(({ id, filename, content }) => ({ id, filename, content: content.toString() }))
}

function describe({ upload, ...file }: StoreFile): StoredDocument {
  return {
    id: upload.id,
    externalId: file.externalId,
    filename: upload.filename,
    mimeType: upload.mimeType,
    metadata: file.metadata,
    config: file.config,
    content: upload.content.toString(),
    status: file.status,
    lastError: file.lastError,
  }
}
