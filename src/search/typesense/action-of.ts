/** The action that a key needs for a request, with the collection that it needs it on; undefined if it needs none. */
export function actionOf(
  method: string,
  path: string,
): { action: string; on: string | undefined } | undefined {
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
    case 'GET':
      return name === undefined ? 'list' : 'get'
    default:
      return 'create'
  }
}
