import { displayName, type TableName } from '../../core/table-name.ts'
import { patternOf } from '../../core/table-pattern.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Partition } from '../../postgres/catalog/table.ts'
import type { TargetCatalog } from '../inspect/inspection.ts'

/** Which end of a foreign key a run leaves alone. */
export type OutsideEnd = 'child' | 'parent' | undefined

/** The end of a foreign key that is not among some relations. */
export function outsideEnd(
  { childOid, parentOid }: Pick<ForeignKey, 'childOid' | 'parentOid'>,
  isInside: (oid: number) => boolean,
): OutsideEnd {
  if (!isInside(parentOid)) return 'parent'
  return isInside(childOid) ? undefined : 'child'
}

/** What decides whether a run could write a table that it leaves alone. */
export type Writability = Pick<TargetCatalog, 'mode'> & {
  readonly tables: readonly { readonly partitions: readonly OwnedPartition[] }[]
  readonly neighbours: readonly OwnedPartition[]
}

type OwnedPartition = Pick<Partition, 'oid' | 'owner' | 'isOwner'>

/** What to do about rows that would refer to rows that are not there; without `target`, a table outside the run is taken to be writable. */
export function adviseOnForeignKey(
  key: Pick<ForeignKey, 'child' | 'parent' | 'childOid' | 'parentOid'>,
  outside: OutsideEnd,
  target?: Writability,
): string {
  const { child, parent } = key
  if (outside === 'parent') {
    const owner = foreignOwnerOf(key.parentOid, target)
    return owner === undefined
      ? `${displayName(parent)} is not part of the run. Copy it as well: add '${patternOf(parent)}' to include; or leave ${displayName(child)} out, or limit its rows by a \`where\`.`
      : `${displayName(parent)} is not part of the run, ${cannotWrite(owner)}. Limit the rows of ${displayName(child)} by a \`where\`, or leave it out: exclude: ['${patternOf(child)}']. ${withOtherRole(parent)}`
  }
  if (outside === 'child') {
    const owner = foreignOwnerOf(key.childOid, target)
    const rows = 'rows of it in the target refer to rows that the source does not have'
    return owner === undefined
      ? `${displayName(child)} is not part of the run, and ${rows}. Copy it as well, if the source has it: add '${patternOf(child)}' to include; or delete those rows of the target; or leave ${displayName(parent)} out: exclude: ['${patternOf(parent)}'].`
      : `${displayName(child)} is not part of the run, ${cannotWrite(owner)}, and ${rows}. Delete those rows of the target, or leave ${displayName(parent)} out: exclude: ['${patternOf(parent)}']. ${withOtherRole(child)}`
  }
  return 'Give both tables conditions in the profile that fit each other, or drop the foreign key in the target.'
}

/** The owner of a table that the role could not write in a run; undefined if it could. */
export function foreignOwnerOf(oid: number, target: Writability | undefined): string | undefined {
  if (target?.mode !== 'owner') return undefined
  const partitions = [...target.neighbours, ...target.tables.flatMap((table) => table.partitions)]
  const partition = partitions.find((each) => each.oid === oid)
  return partition === undefined || partition.isOwner ? undefined : partition.owner
}

function cannotWrite(owner: string): string {
  return `and as it belongs to ${owner}, the role could not copy it`
}

function withOtherRole(name: TableName): string {
  return `A role that may set session_replication_role could copy it, with '${patternOf(name)}' in include.`
}
