import type { Store, StoreFile, Upload } from './holdings.ts'

/** An upload as the API shows it. */
export function describeUpload(upload: Upload) {
  const created = new Date(upload.createdMs).toISOString()
  return {
    id: upload.id,
    filename: upload.filename,
    bytes: upload.content.length,
    mime_type: upload.mimeType,
    version: 1,
    created_at: created,
    updated_at: created,
  }
}

/** A file of a store as the API shows it. */
export function describeStoreFile(store: Store, file: StoreFile, origin: string) {
  const { upload } = file
  return {
    id: upload.id,
    filename: upload.filename,
    metadata: file.metadata,
    external_id: file.externalId,
    status: file.status,
    last_error: file.lastError,
    store_id: store.id,
    created_at: new Date(file.addedMs).toISOString(),
    version: 1,
    usage_bytes: file.status === 'completed' ? upload.content.length : 0,
    usage_tokens: 0,
    config: file.config,
    object: 'store.file',
    chunks: null,
    content_url: `${origin}/v1/files/${upload.id}/content`,
  }
}

/** A store as the API shows it. */
export function describeStore(store: Store) {
  const created = new Date(store.createdMs).toISOString()
  const file_counts = { pending: 0, in_progress: 0, cancelled: 0, completed: 0, failed: 0, total: 0 }
  let usage_bytes = 0
  for (const { status, upload } of store.files.values()) {
    file_counts[status] += 1
    file_counts.total += 1
    usage_bytes += upload.content.length
  }
  return {
    id: store.id,
    name: store.name,
    description: null,
    is_public: false,
    metadata: null,
    file_counts,
    status: file_counts.pending + file_counts.in_progress > 0 ? 'in_progress' : 'completed',
    created_at: created,
    updated_at: created,
    last_active_at: created,
    usage_bytes,
    expires_at: null,
    object: 'store',
  }
}
