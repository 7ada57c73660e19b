import { listSome } from '../core/count-of.ts'
import { groupBy } from '../core/group-by.ts'
import type { TableName } from '../core/table-name.ts'
import { quoteName } from './quote-name.ts'

/** An object that is not in the default tablespace of its database. */
export interface PlacedObject {
  /** Such as `TABLE public.a` or `INDEX public.a_pkey`. */
  readonly identity: string
  /** The table or materialized view that it is, or belongs to. */
  readonly of: TableName
  readonly tablespace: string
}

/** A tablespace as text. */
export interface DescribedTablespace {
  /** Such as `TABLESPACE fast`. */
  readonly identity: string
  /** Its contents, such as `TABLE public.a, INDEX public.b and 3 more`. */
  readonly contents: string
  /** The statement that moves the first of these into it. */
  readonly statement: string
}

/** Lists the contents of each tablespace. Tablespaces are decided for each server, so nothing is created in them. */
export function describeTablespaces(placed: readonly PlacedObject[]): DescribedTablespace[] {
  return [...groupBy(placed, ({ tablespace }) => tablespace)].flatMap(([tablespace, objects]) => {
    const [first] = objects
    if (first === undefined) return []
    const identities = objects.map(({ identity }) => identity)
    return {
      identity: `TABLESPACE ${quoteName(tablespace)}`,
      contents: listSome(identities, NAMED),
      statement: `ALTER ${first.identity} SET TABLESPACE ${quoteName(tablespace)}`,
    }
  })
}

const NAMED = 5

/** Objects of the first list that are elsewhere, or missing, in the second. */
export function placedOtherwise(
  placed: readonly PlacedObject[],
  others: readonly PlacedObject[],
): PlacedObject[] {
  const known = new Set(others.map(({ identity, tablespace }) => `${tablespace} ${identity}`))
  return placed.filter(({ identity, tablespace }) => !known.has(`${tablespace} ${identity}`))
}
