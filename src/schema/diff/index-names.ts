import { quoteName, quoteQualified } from '../quote-name.ts'
import type { SchemaObject } from '../schema-object.ts'
import { constraintName } from './drop-statement.ts'
import { relationOf, type Side } from './sides.ts'

/** The name of an index or of the constraint that has one, quoted, without its schema. */
export function nameOfIndex(object: SchemaObject): string {
  if (object.kind === 'constraint') return constraintName(object)
  const { schema = '', identity } = object
  return identity.slice(`INDEX ${quoteName(schema)}.`.length)
}

/** The names of relations that exist, or come with a constraint. */
export function relationNames({ objects }: Side): Set<string> {
  const created = objects.filter(({ kind }) => kind !== 'index partition')
  return new Set(created.flatMap((object) => relationName(object) ?? []))
}

/** The quoted name of the relation that an object is or has. */
export function relationName(object: SchemaObject): string | undefined {
  const { kind, identity, of, constraint } = object
  const relation = relationOf(object)
  if (relation !== undefined) return quoteQualified(relation)
  if (kind === 'index' || kind === 'index partition' || kind === 'sequence')
    return identity.replace(/^(INDEX PARTITION|INDEX|SEQUENCE) /, '')
  const hasIndex = constraint !== undefined && KEYS.has(constraint.kind)
  return hasIndex && of !== undefined ? `${quoteName(of.schema)}.${constraintName(object)}` : undefined
}

const KEYS = new Set(['primary key', 'unique', 'exclusion'])
