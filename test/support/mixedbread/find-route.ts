/** The classes that Mixedbread counts requests in. */
export type OperationClass = 'read' | 'list' | 'write' | 'update' | 'delete'

const STORE_FILES = '/v1/stores/(?<store>[^/]+)/files'

const ROUTES = [
  { name: 'list-stores', operation: 'list', method: 'GET', path: '/v1/stores' },
  { name: 'get-store', operation: 'read', method: 'GET', path: '/v1/stores/(?<store>[^/]+)' },
  { name: 'upload-file', operation: 'write', method: 'POST', path: '/v1/files' },
  { name: 'list-files', operation: 'list', method: 'GET', path: '/v1/files' },
  { name: 'get-content', operation: 'read', method: 'GET', path: '/v1/files/(?<file>[^/]+)/content' },
  { name: 'get-file', operation: 'read', method: 'GET', path: '/v1/files/(?<file>[^/]+)' },
  { name: 'delete-file', operation: 'delete', method: 'DELETE', path: '/v1/files/(?<file>[^/]+)' },
  { name: 'attach-file', operation: 'write', method: 'POST', path: STORE_FILES },
  { name: 'list-store-files', operation: 'list', method: 'POST', path: `${STORE_FILES}/list` },
  // External ids may hold slashes, encoded or not.
  { name: 'get-store-file', operation: 'read', method: 'GET', path: `${STORE_FILES}/(?<file>.+)` },
  { name: 'update-store-file', operation: 'update', method: 'PATCH', path: `${STORE_FILES}/(?<file>.+)` },
  { name: 'delete-store-file', operation: 'delete', method: 'DELETE', path: `${STORE_FILES}/(?<file>.+)` },
] as const

/** The requests that the stand-in knows, by name. */
export type RouteName = (typeof ROUTES)[number]['name']

/** A request's route, with the names in its path decoded. */
export interface Route {
  readonly name: RouteName
  readonly operation: OperationClass
  readonly store: string
  readonly file: string
}

/** The route of a request, or the status that refuses it. */
export function findRoute(method: string, path: string): Route | 400 | 404 | 405 {
  let refusal: 404 | 405 = 404
  for (const route of ROUTES) {
    const match = new RegExp(`^${route.path}$`).exec(path)
    if (match === null) continue
    if (route.method !== method) {
      refusal = 405
      continue
    }
    const { store = '', file = '' } = match.groups ?? {}
    try {
      const { name, operation } = route
      return { name, operation, store: decodeURIComponent(store), file: decodeURIComponent(file) }
    } catch {
      return 400
    }
  }
  return refusal
}
