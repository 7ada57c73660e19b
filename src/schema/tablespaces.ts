import { groupBy } from '../core/group-by.ts'
import type { TableName } from '../core/table-name.ts'
import { quoteName } from './quote-name.ts'

/** An object that is in another tablespace than the default one of its database. */
export interface PlacedObject {
  /** As in `TABLE public.a` or `INDEX public.a_pkey`. */
  readonly identity: string
  /** The table or materialized view that it is, or belongs to. */
  readonly of: TableName
  readonly tablespace: string
}

/** A tablespace in words. */
export interface DescribedTablespace {
  /** As in `TABLESPACE fast`. */
  readonly identity: string
  /** What it has, as in `TABLE public.a, INDEX public.b and 3 more`. */
  readonly contents: string
  /** What moves the first of that into it. */
  readonly statement: string
}

/** Says of each tablespace what it has. Which ones there are is decided for each server, so nothing is created in them. */
export function describeTablespaces(placed: readonly PlacedObject[]): DescribedTablespace[] {
  return [...groupBy(placed, ({ tablespace }) => tablespace)].flatMap(([tablespace, objects]) => {
    const [first] = objects
    if (first === undefined) return []
    const rest = objects.length - NAMED
    const named = objects.slice(0, NAMED).map(({ identity }) => identity)
    return {
      identity: `TABLESPACE ${quoteName(tablespace)}`,
      contents: `${named.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
      statement: `ALTER ${first.identity} SET TABLESPACE ${quoteName(tablespace)}`,
    }
  })
}

const NAMED = 5

/** What the first list has in another place than the second one has it. */
export function placedOtherwise(
  placed: readonly PlacedObject[],
  others: readonly PlacedObject[],
): PlacedObject[] {
  const known = new Set(others.map(({ identity, tablespace }) => `${tablespace} ${identity}`))
  return placed.filter(({ identity, tablespace }) => !known.has(`${tablespace} ${identity}`))
}
