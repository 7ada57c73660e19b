import { BrokenReplyError } from './explain-failure.ts'
import { readRefusal, redact, secretsOf } from './redact.ts'

/** How far a file is on its way to being searchable. */
export type RemoteStatus = 'pending' | 'in_progress' | 'cancelled' | 'completed' | 'failed'

/** How an ingestion ends that has not made a file searchable. */
export const FAILED_STATUSES: readonly RemoteStatus[] = ['failed', 'cancelled']

/** A file as a store has it. */
export interface RemoteFile {
  /** The id of its upload as well. */
  readonly remoteId: string
  readonly externalId: string | undefined
  readonly fileName: string
  readonly metadata: Readonly<Record<string, unknown>>
  readonly status: RemoteStatus
  /** Why it failed, without what the message repeats of the document. */
  readonly error: string | undefined
}

/** What the SDK says of a store's file, all of which a reply may lack. */
interface FileReply {
  readonly id?: unknown
  readonly external_id?: unknown
  readonly filename?: unknown
  readonly metadata?: unknown
  readonly status?: unknown
  readonly last_error?: unknown
}

const STATUSES: readonly unknown[] = [
  'pending',
  'in_progress',
  'cancelled',
  'completed',
  'failed',
] satisfies RemoteStatus[]

/** Reads a reply that is to describe a store's file. */
export function readRemoteFile(reply: FileReply | null | undefined): RemoteFile {
  if (typeof reply?.id !== 'string') throw new BrokenReplyError()
  const { id, external_id, filename, metadata, status, last_error } = reply
  return {
    remoteId: id,
    externalId: typeof external_id === 'string' ? external_id : undefined,
    fileName: typeof filename === 'string' ? filename : '',
    metadata: typeof metadata === 'object' && metadata !== null ? { ...metadata } : {},
    status: isStatus(status) ? status : 'pending',
    error: readError(last_error, secretsOf(metadata)),
  }
}

function isStatus(status: unknown): status is RemoteStatus {
  return STATUSES.includes(status)
}

/** Mixedbread does not say what shape the error has. */
function readError(error: unknown, secrets: readonly string[]): string | undefined {
  if (error === undefined || error === null || error === '') return undefined
  return typeof error === 'string'
    ? redact(error, secrets)
    : (readRefusal(error, secrets) ?? 'no reason given')
}
