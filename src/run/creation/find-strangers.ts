import { TO_BECOME_SQL } from '../../postgres/catalog/to-become.ts'
import type { Session } from '../../postgres/session.ts'

/** A role that the role of the session cannot act as. */
export interface Stranger {
  readonly name: string
  readonly exists: boolean
  readonly isSuperuser: boolean
}

/** Those roles of a list that the role of the session cannot act as. */
export async function findStrangers(session: Session, names: readonly string[]): Promise<Stranger[]> {
  return session.query<Stranger & Record<string, unknown>>(
    `SELECT o.name, r.oid IS NOT NULL AS exists, coalesce(r.rolsuper, false) AS "isSuperuser"
     FROM unnest($1::text[]) AS o (name) LEFT JOIN pg_roles r ON r.rolname = o.name
     WHERE NOT coalesce(pg_has_role(r.oid, ${TO_BECOME_SQL}), false) ORDER BY o.name COLLATE "C"`,
    [[...new Set(names)]],
  )
}
