import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import { identifier, literal, relation } from '../../postgres/identifiers.ts'
import type { RemovableIndex } from './read-removable-indexes.ts'

/** The statement that drops an index. */
export function dropIndexSql({ name, table, constraint }: RemovableIndex): string {
  if (constraint === null) return `DROP INDEX ${relation(name)}`
  return `ALTER TABLE ONLY ${relation(table)} DROP CONSTRAINT ${identifier(constraint.name)}`
}

/** The statements that build it again as it was, in order. The first one reads the rows. */
export function createIndexSql(index: RemovableIndex): string[] {
  const { name, table, definition, comment, constraint, statistics, tablespace } = index
  const alter = `ALTER TABLE ONLY ${relation(table)}`
  return [
    ...(tablespace === null ? [] : [`SET LOCAL default_tablespace = ${identifier(tablespace)}`]),
    definition,
    ...(tablespace === null ? [] : [`SET LOCAL default_tablespace = ''`]),
    ...(constraint === null ? [] : [`${alter} ${addConstraintSql(index, constraint)}`]),
    ...(constraint?.comment == null
      ? []
      : [
          `COMMENT ON CONSTRAINT ${identifier(constraint.name)} ON ${relation(table)} IS ${literal(constraint.comment)}`,
        ]),
    ...(comment === null ? [] : [`COMMENT ON INDEX ${relation(name)} IS ${literal(comment)}`]),
    ...statistics.map(
      ({ column, target }) => `ALTER INDEX ${relation(name)} ALTER COLUMN ${column} SET STATISTICS ${target}`,
    ),
    ...(index.isClustered ? [`${alter} CLUSTER ON ${identifier(name.name)}`] : []),
    ...(index.isReplicaIdentity ? [`${alter} REPLICA IDENTITY USING INDEX ${identifier(name.name)}`] : []),
  ]
}

function addConstraintSql(
  { name: index }: RemovableIndex,
  { name, kind, isDeferrable, isDeferred }: NonNullable<RemovableIndex['constraint']>,
): string {
  const deferring = `${isDeferrable ? ' DEFERRABLE' : ''}${isDeferred ? ' INITIALLY DEFERRED' : ''}`
  return `ADD CONSTRAINT ${identifier(name)} ${kind} USING INDEX ${identifier(index.name)}${deferring}`
}

/** The statement that drops a foreign key. */
export function dropForeignKeySql(key: ForeignKey): string {
  return `${childSql(key)} DROP CONSTRAINT ${identifier(key.name)}`
}

/** The statement that adds it again, without its comment. Unless it was NOT VALID, all rows are checked. */
export function addForeignKeySql(key: ForeignKey): string {
  return `${childSql(key)} ADD CONSTRAINT ${identifier(key.name)} ${key.definition}`
}

function childSql({ child, isChildPartitioned }: ForeignKey): string {
  return `ALTER TABLE ${isChildPartitioned ? '' : 'ONLY '}${relation(child)}`
}
