import type { IncomingMessage } from 'node:http'
import { ApiError, notFound } from './api-error.ts'
import { authorize } from './authorize.ts'
import type { Call } from './call.ts'
import type { FaultTarget } from './create-faults.ts'
import { documentsMeant } from './documents-meant.ts'
import type { Fault, Operation } from './fault.ts'
import { readBody, unpack } from './read-body.ts'
import { type ImportLine, readImportLines } from './read-import-lines.ts'
import { applyBefore, passRestart } from './restart-server.ts'
import { findRoute, type Route } from './routes.ts'
import type { Store } from './store.ts'

/** A request as it was received. */
export interface LoggedRequest {
  readonly method: string
  /** Without its query. */
  readonly path: string
  readonly query: string
  /** Nothing for a path that the server does not have. */
  readonly operation: Operation | undefined
  /** The bytes of the body as they were sent. */
  readonly byteLength: number
  /** Of an import's lines in their order, '' for a line that is no document; or those named for deletion. */
  readonly documentIds: readonly string[]
  readonly faults: readonly Fault['kind'][]
  /** Nothing until it is answered, and if the connection is broken instead. */
  status?: number
}

/** What requests are served with. */
export interface Service {
  readonly store: Store
  readonly requests: LoggedRequest[]
  takeFaults(target: FaultTarget): Fault[]
  sleep(ms: number): Promise<void>
}

/** A request that was read, with what is to become of it. */
export interface Received {
  readonly call: Call
  readonly logged: LoggedRequest
  /** Throws what the request is refused with. */
  handle(): ReturnType<Route['handle']>
}

/** Reads and logs a request; one that is refused for its key or form meets no faults. */
export async function receiveRequest(service: Service, request: IncomingMessage): Promise<Received> {
  const { method = '', url = '' } = request
  const [path = '', search = ''] = url.split('?', 2)
  const query = new URLSearchParams(search)
  const { route, params } = findRoute(service.store.version, method, segmentsOf(path)) ?? { params: {} }
  const key = String(request.headers['x-typesense-api-key'] ?? query.get('x-typesense-api-key') ?? '')
  const sent = await readBody(request)
  const body = await unpack(sent).catch((error: ApiError) => error)
  const refusal =
    body instanceof ApiError ? body : refusalFor(service.store, { route, params, key, url, body })

  const read = body instanceof ApiError ? Buffer.alloc(0) : body
  const lines = linesOf(service.store, route, read)
  const operation = route?.operation
  const documentIds = documentsMeant(operation, lines, params, query)
  const faults =
    refusal === undefined && operation !== undefined
      ? service.takeFaults({ method, url, operation, documentIds })
      : []
  const kinds = faults.map(({ kind }) => kind)
  const logged = {
    method,
    path,
    query: search,
    operation,
    byteLength: sent.length,
    documentIds,
    faults: kinds,
  }
  service.requests.push(logged)
  const call = { store: service.store, params, query, body: read, lines, faults, key, sleep: service.sleep }
  const handle = () => {
    if (refusal !== undefined || route === undefined) throw refusal ?? notFound()
    return route.handle(call)
  }
  return { call, logged, handle }
}

interface Claim {
  readonly route: Route | undefined
  readonly params: Readonly<Record<string, string>>
  readonly key: string
  readonly url: string
  readonly body: Buffer
}

function refusalFor(store: Store, { route, params, key, url, body }: Claim): ApiError | undefined {
  if (url.length > store.maxUrlLength) {
    const message =
      'Query string exceeds max allowed length of 4000. Use the /multi_search end-point for larger payloads.'
    return new ApiError(400, message)
  }
  if (route === undefined) return notFound()
  try {
    const isWrite = route.method !== 'GET'
    passRestart(store, isWrite, route.operation === 'health')
    if (isWrite) applyBefore(store, route.operation, params.collection)
  } catch (error) {
    return error as ApiError
  }
  if (route.action === '') return undefined
  const name = route.action === 'collections:create' ? nameIn(body) : params.collection
  try {
    authorize(store, key, route.action, name)
    return undefined
  } catch (error) {
    return error as ApiError
  }
}

/** A collection that is to be created is named by the body. */
function nameIn(body: Buffer): string | undefined {
  try {
    return String(JSON.parse(body.toString('utf8')).name)
  } catch {
    return undefined
  }
}

function linesOf(store: Store, route: Route | undefined, body: Buffer): ImportLine[] {
  return route?.operation === 'import' && !store.isInstant ? readImportLines(body) : []
}

function segmentsOf(path: string): string[] {
  return path.split('/').filter(Boolean).map(decoded)
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}
