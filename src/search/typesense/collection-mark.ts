import { randomBytes } from 'node:crypto'
import type { CollectionSchema } from 'typesense'
import type { Collection } from '../search-index.ts'
import type { ControlPlane } from './control-plane.ts'
import { isFailure } from './failure.ts'

type Metadata = Readonly<Record<string, unknown>>
type Described = Pick<CollectionSchema, 'name' | 'created_at' | 'metadata'>

/** The key of the metadata of a collection that holds its mark. */
const KEY = 'mbsync'
const MARK = /^[0-9a-f]{32}$/

/** A mark for a new collection. */
export function newMark(): string {
  return randomBytes(16).toString('hex')
}

/**
 * What distinguishes a collection from others of its name: its mark, which survives whatever the server does. The time at which it was
 * created does not: a server sets it again when it replays its log, and each node of a cluster has its own.
 */
export function collectionOf({ name, created_at, metadata }: Described): Collection {
  return { name, identity: markIn(metadata) ?? String(created_at) }
}

/** Whether what a collection is known by is a mark, and not the time of its creation. */
export function isMark(identity: string): boolean {
  return MARK.test(identity)
}

/** The metadata with this mark instead of another. */
export function withMark(metadata: object | undefined, mark: string | undefined): Metadata {
  return mark === undefined ? withoutMark(metadata) : { ...withoutMark(metadata), [KEY]: mark }
}

/** The metadata that are not mbsync's own. */
export function withoutMark(metadata: object | undefined): Metadata {
  const { [KEY]: _, ...others } = (metadata ?? {}) as Metadata
  return others
}

/** The mark in the metadata of a collection. */
export function markIn(metadata: object | undefined): string | undefined {
  const { [KEY]: mark } = (metadata ?? {}) as Metadata
  return typeof mark === 'string' && isMark(mark) ? mark : undefined
}

/** Gives a collection a mark; one that has a mark keeps it. A key that may not leaves it as it is. */
export async function markCollection({ call }: ControlPlane, { name }: Collection): Promise<Collection> {
  const found = await call((client) => client.collections(name).retrieve())
  if (markIn(found.metadata) !== undefined) return collectionOf(found)
  const metadata = withMark(found.metadata, newMark())
  try {
    await call((client) => client.collections(name).update({ metadata }))
    return collectionOf({ ...found, metadata })
  } catch (error) {
    if (!isFailure(error, 'forbidden')) throw error
    return collectionOf(found)
  }
}
