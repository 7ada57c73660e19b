import { displayName } from '../core/table-name.ts'
import { patternOf } from '../core/table-pattern.ts'
import type { ForeignKey } from '../postgres/catalog/read-foreign-keys.ts'

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

/** What to do about rows that would refer to rows that are not there. */
export function adviseOnForeignKey(
  { child, parent }: Pick<ForeignKey, 'child' | 'parent'>,
  outside: OutsideEnd,
): string {
  if (outside === 'parent')
    return `${displayName(parent)} is not part of the run. Bring it over as well: add '${patternOf(parent)}' to include; or leave ${displayName(child)} out, or limit its rows by a \`where\`.`
  if (outside === 'child')
    return `${displayName(child)} is not part of the run, and rows of it in the target refer to rows that the source does not have. Bring it over as well: add '${patternOf(child)}' to include; or delete those rows of the target.`
  return 'Give both tables conditions in the profile that fit each other, or drop the foreign key in the target.'
}
