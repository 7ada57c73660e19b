import { ApiError } from './api-error.ts'
import type { ApiKey, Store } from './store.ts'

/** Throws what a server answers to a key that is unknown, over, or not allowed this action on this collection. */
export function authorize(store: Store, key: string, action: string, collection: string | undefined): void {
  if (mayUse(store, key, action, collection)) return
  throw new ApiError(401, 'Forbidden - a valid `x-typesense-api-key` header must be sent.')
}

/** Whether a key may do something; the name counts as it was sent, so that an alias is not its collection. */
export function mayUse(
  { adminKey, keys }: Store,
  value: string,
  action: string,
  collection: string | undefined,
): boolean {
  if (value === adminKey) return true
  const found = [...keys.values()].find((key) => key.value === value)
  return (
    found !== undefined &&
    found.expires_at * 1000 > Date.now() &&
    allowsAction(found, action) &&
    (collection === undefined || allowsCollection(found, collection))
  )
}

/** Exactly: `aliases:create` does not allow PUT, which is `aliases:upsert`. */
function allowsAction({ actions }: ApiKey, action: string): boolean {
  const [resource = ''] = action.split(':')
  return actions.some((allowed) => allowed === '*' || allowed === action || allowed === `${resource}:*`)
}

function allowsCollection({ collections }: ApiKey, name: string): boolean {
  return collections.some(
    (allowed) => allowed === '*' || allowed === name || new RegExp(`^(?:${allowed})$`).test(name),
  )
}
