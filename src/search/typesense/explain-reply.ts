import { cleanText } from './clean-text.ts'
import { FAILURE_HINTS, type FailureKind, TypesenseFailure } from './failure.ts'
import type { TypesenseRequest } from './open-reply.ts'

/** A reply that is no success. */
interface FailedReply {
  readonly status: number
  readonly body: string
  readonly retryAfterMs: number | undefined
}

/** Tells what a server meant by a reply. `place` is the server's host and port. */
export function explainReply(
  place: string,
  request: TypesenseRequest,
  { status, body, retryAfterMs }: FailedReply,
  apiKey: string,
): TypesenseFailure {
  const said = messageIn(body)
  const serverText = said === undefined ? undefined : cleanText(said, apiKey)
  const kind = kindOf(status, said ?? '')
  const reason = serverText === undefined ? `HTTP ${status}` : `HTTP ${status}: ${serverText}`
  const message =
    kind === 'forbidden'
      ? `${place} refuses the API key for ${neededBy(request)}`
      : `${place} refused ${request.method} ${pathOf(request)} (${reason})`
  return new TypesenseFailure(kind, cleanText(message, apiKey), {
    // No server of Typesense says nothing.
    hint: FAILURE_HINTS[kind === 'refused' && serverText === undefined ? 'server trouble' : kind],
    httpStatus: status,
    serverText,
    retryAfterMs,
  })
}

function kindOf(status: number, said: string): FailureKind {
  if (status === 422) return meaningOf422(said)
  const known = KINDS[status]
  if (known !== undefined) return known
  if (status < 500 || /conflicts with an existing/.test(said)) return 'refused'
  return /find a leader/.test(said) ? 'lagging' : 'server trouble'
}

function meaningOf422(said: string): FailureKind {
  if (/in progress/i.test(said)) return 'update in progress'
  if (/skipping writes/i.test(said)) return 'skipping writes'
  return /OUT_OF|running out of resource/i.test(said) ? 'out of resources' : 'refused'
}

const KINDS: Readonly<Record<number, FailureKind>> = {
  401: 'forbidden',
  403: 'forbidden',
  404: 'missing',
  408: 'timeout',
  409: 'exists',
  413: 'too large',
  429: 'rate limited',
  503: 'lagging',
  504: 'timeout',
}

function neededBy(request: TypesenseRequest): string {
  const needed = actionOf(request.method, request.path)
  if (needed === undefined) return pathOf(request)
  return needed.on === undefined ? needed.action : `${needed.action} on ${needed.on}`
}

/** Without the query, which may name ids, and without the id of a document. */
function pathOf({ path }: TypesenseRequest): string {
  return (path.split('?')[0] ?? '').replace(/(\/documents\/)(?!import$|export$).*/, '$1…')
}

function messageIn(body: string): string | undefined {
  try {
    const { message, resource_error } = JSON.parse(body)
    const said = message ?? resource_error
    return typeof said === 'string' && said.trim() !== '' ? said : undefined
  } catch {
    return undefined
  }
}

/** The action that a key needs for a request, with the collection that it needs it on; undefined if it needs none. */
function actionOf(method: string, path: string): { action: string; on: string | undefined } | undefined {
  const [resource = '', name, part, id] = (path.split('?')[0] ?? '').split('/').slice(1)
  if (resource === 'health') return undefined
  if (resource === 'debug') return { action: 'debug:list', on: undefined }
  if (resource !== 'collections') return { action: `${resource}:${verbOf(method, name)}`, on: undefined }
  const on = name === undefined ? undefined : decodeURIComponent(name)
  if (part === undefined) return { action: `collections:${verbOf(method, name)}`, on }
  if (part === 'documents' && (id === 'import' || id === 'export')) return { action: `documents:${id}`, on }
  return { action: `${part}:${verbOf(method, id)}`, on }
}

function verbOf(method: string, name: string | undefined): string {
  switch (method) {
    case 'DELETE':
      return 'delete'
    case 'PATCH':
      return 'update'
    case 'PUT':
      return 'upsert'
    case 'GET':
      return name === undefined ? 'list' : 'get'
    default:
      return 'create'
  }
}
