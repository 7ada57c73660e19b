import type { Placed } from './page-of.ts'

/** The states of a file in a store. */
export type StoreFileStatus = 'pending' | 'in_progress' | 'cancelled' | 'completed' | 'failed'

/** A file as it was uploaded. */
export interface Upload extends Placed {
  readonly id: string
  readonly filename: string
  readonly mimeType: string
  content: Buffer
  readonly createdMs: number
}

/** An uploaded file in a store; its id there is the upload's. */
export interface StoreFile extends Placed {
  readonly upload: Upload
  readonly externalId: string | null
  metadata: unknown
  readonly config: unknown
  status: StoreFileStatus
  lastError: unknown
  readonly addedMs: number
}

/** A store with its files, by id and by external id. */
export interface Store extends Placed {
  readonly id: string
  readonly name: string
  readonly createdMs: number
  readonly files: Map<string, StoreFile>
  readonly filesByExternalId: Map<string, StoreFile>
}

/** Everything that an account holds. */
export interface Holdings {
  readonly stores: Store[]
  readonly uploads: Map<string, Upload>
  addStore(name: string): Store
  findStore(idOrName: string): Store | undefined
  upload(filename: string, mimeType: string, content: Buffer): Upload
  /** Puts an upload into a store; what had its external id leaves the store, but stays uploaded. */
  attach(
    store: Store,
    upload: Upload,
    facts: Pick<StoreFile, 'externalId' | 'metadata' | 'config'>,
  ): StoreFile
  /** Removes an upload and takes it out of every store. */
  deleteUpload(id: string): void
}

/** An account that holds nothing yet. */
export function emptyHoldings(now: () => number): Holdings {
  const identify = identities()
  const stores: Store[] = []
  const uploads = new Map<string, Upload>()
  return {
    stores,
    uploads,
    addStore: (name) => {
      const facts = { files: new Map(), filesByExternalId: new Map() }
      const store = { ...identify(), ...facts, name, createdMs: now() }
      stores.push(store)
      return store
    },
    findStore: (idOrName) => stores.find(({ id, name }) => id === idOrName || name === idOrName),
    upload: (filename, mimeType, content) => {
      const upload = { ...identify(), filename, mimeType, content, createdMs: now() }
      uploads.set(upload.id, upload)
      return upload
    },
    attach: (store, upload, facts) => {
      const { place } = identify()
      const state = { status: 'pending', lastError: null, addedMs: now() } as const
      return put(store, { ...facts, ...state, place, upload })
    },
    deleteUpload: (id) => {
      uploads.delete(id)
      for (const store of stores) detach(store, store.files.get(id))
    },
  }
}

/** Counted, not random, so that a run can be repeated. */
function identities(): () => Placed & { readonly id: string } {
  let place = 0
  return () => {
    place += 1
    return { place, id: `00000000-0000-4000-8000-${place.toString(16).padStart(12, '0')}` }
  }
}

function put(store: Store, file: StoreFile): StoreFile {
  detach(store, store.files.get(file.upload.id))
  detach(store, findByExternalId(store, file.externalId))
  store.files.set(file.upload.id, file)
  if (file.externalId !== null) store.filesByExternalId.set(file.externalId, file)
  return file
}

/** The file of a store that has an id or an external id. */
export function findStoreFile(store: Store, idOrExternalId: string): StoreFile | undefined {
  return store.files.get(idOrExternalId) ?? store.filesByExternalId.get(idOrExternalId)
}

/** The file of a store that has an external id; none where that is null. */
export function findByExternalId(store: Store, externalId: string | null): StoreFile | undefined {
  return externalId === null ? undefined : store.filesByExternalId.get(externalId)
}

/** Takes a file out of a store; it stays uploaded. */
export function detach(store: Store, file: StoreFile | undefined): void {
  if (file === undefined) return
  store.files.delete(file.upload.id)
  if (file.externalId !== null) store.filesByExternalId.delete(file.externalId)
}
