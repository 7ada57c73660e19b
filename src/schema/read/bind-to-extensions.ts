import { groupBy } from '../../core/group-by.ts'
import { mapInPlace } from '../../core/map-in-place.ts'
import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName } from '../quote-name.ts'
import type { DraftObject } from './read-context.ts'

/** Adds statements that bind objects to an extension, in place: they are dropped with it although they are not its members. */
export async function bindToExtensions(session: Session, drafts: DraftObject[]): Promise<DraftObject[]> {
  const rows = await session.query<{ id: ObjectId; extension: string }>(BONDS_SQL)
  const bonds = groupBy(rows, ({ id }) => id)
  return mapInPlace(drafts, (draft) => {
    const { id, identity, parts = [] } = draft
    const named = [{ id, identity }, ...parts].filter((part) => part.identity !== undefined)
    const added = named.flatMap((part) =>
      (bonds.get(part.id) ?? []).map(
        ({ extension }) => `ALTER ${part.identity} DEPENDS ON EXTENSION ${quoteName(extension)}`,
      ),
    )
    return added.length === 0 ? draft : { ...draft, create: [...draft.create, ...added] }
  })
}

const BONDS_SQL = `
SELECT d.classid::regclass || ':' || d.objid AS id, e.extname AS extension
FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'x'
ORDER BY e.extname`
