import type { TableName } from '../../core/table-name.ts'
import { executeAsRole, selectAsRole } from '../../postgres/as-role.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { listTable } from './change-list.ts'
import type { MergeTable } from './merge-table.ts'
import type { TableOwner } from './read-owners.ts'

/**
 * Passes a SELECT to `use`, which makes it part of a statement: the same SELECT, or one that reads the same rows with other rights.
 * `columns` are its names and types, in the form of a column definition list.
 */
export type Reading = <T>(
  select: string,
  columns: readonly string[],
  use: (select: string) => Promise<T>,
) => Promise<T>

/** Reads with mbsync's own rights. */
export const READ_PLAINLY: Reading = (select, _, use) => use(select)

interface WithOid {
  readonly target: { readonly oid: number }
}

/**
 * In the transaction of a merge, reads and writes tables with the rights of their owners if code of the owners would run. During the
 * transaction, the owners can see what the merge stores about their own tables.
 */
export class OwnerRights {
  readonly #session: Session
  readonly #owners: ReadonlyMap<number, TableOwner>
  /** The grants that were made, and their grantees. */
  readonly #lent: { readonly sql: string; readonly role: string }[] = []

  /** `owners`, by the object id of the table, are the result of {@link readOwners}. */
  constructor(session: Session, owners: ReadonlyMap<number, TableOwner>) {
    this.#session = session
    this.#owners = owners
  }

  /** The role whose rights are used to write the table; undefined for mbsync's own. */
  roleOf({ target }: WithOid): string | undefined {
    return this.#owners.get(target.oid)?.role
  }

  /** Whether the table itself has code that reading it could run. */
  hasCode({ target }: WithOid): boolean {
    return this.#owners.get(target.oid)?.hasCode ?? false
  }

  /** Runs a statement that writes the table, in which all names are qualified. Returns how many rows it touched. */
  async execute(table: MergeTable, sql: string): Promise<number> {
    const owner = this.#owners.get(table.target.oid)
    if (owner === undefined) return this.#session.execute(sql)
    const { role, path } = owner
    const lists = table.changes.kind === 'all' ? [] : [listTable(table.changes)]
    await this.#lend(role, [table.rows.table, ...lists, table.undo])
    return executeAsRole(this.#session, { name: role, path: path.writing }, sql)
  }

  /** How to read the table, together with the relations in `lent`. */
  reading(table: WithOid, lent: readonly TableName[] = []): Reading {
    const role = this.roleOf(table)
    return role === undefined ? READ_PLAINLY : this.readingAs(role, lent)
  }

  /** How to read relations that the role may read, together with those in `lent`. */
  readingAs(role: string, lent: readonly TableName[] = []): Reading {
    return async (select, columns, use) => {
      await this.#lend(role, lent)
      return selectAsRole(this.#session, { name: role, path: this.#pathOf(role) }, select, columns, use)
    }
  }

  #pathOf(role: string): string {
    const owner = [...this.#owners.values()].find((each) => each.role === role)
    if (owner === undefined) throw new Error('A role that owns no table of the merge')
    return owner.path.reading
  }

  /** Revokes what was granted to the owners, before the transaction ends. */
  async takeBack(): Promise<void> {
    for (const { sql, role } of this.#lent.splice(0))
      await this.#session.define(`REVOKE ALL ON ${sql} FROM ${identifier(role)}`)
  }

  async #lend(role: string, tables: readonly TableName[]): Promise<void> {
    const owner = identifier(role)
    for (const schema of new Set(tables.map((table) => table.schema))) {
      const sql = `SCHEMA ${identifier(schema)}`
      if (this.#isLent(sql, role)) continue
      await this.#session.define(`GRANT USAGE ON ${sql} TO ${owner}`)
    }
    for (const table of tables) {
      const sql = relation(table)
      if (this.#isLent(sql, role)) continue
      // The lock keeps autovacuum away. An autovacuum of the table would wait for this change of its row in pg_class, and a later DROP for
      // the autovacuum. Default privileges may have granted more, so everything is revoked first.
      await this.#session.define(
        `LOCK TABLE ${sql} IN SHARE UPDATE EXCLUSIVE MODE; REVOKE ALL ON ${sql} FROM PUBLIC, ${owner}; GRANT SELECT ON ${sql} TO ${owner}`,
      )
    }
  }

  #isLent(sql: string, role: string): boolean {
    if (this.#lent.some((lent) => lent.sql === sql && lent.role === role)) return true
    this.#lent.push({ sql, role })
    return false
  }
}
