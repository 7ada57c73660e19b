import { quoteNewNames } from '../core/new-names.ts'
import type { DraftObject } from './read/read-context.ts'
import type { SchemaObject } from './schema-object.ts'
import type { ColumnDetails, TableDetails } from './table-details.ts'
import type { TypeDetails } from './type-details.ts'

/** Quotes names that are keywords only of newer servers in all texts of an object that the server has written, so that they are the same in all versions. */
export function withNewQuotes<T extends Texts>(object: T): T {
  const { identity, create, describe, grants, placeholder, table, view, type } = object
  return {
    ...object,
    identity: quoteNewNames(identity),
    create: create.map(quoteNewNames),
    describe: describe.map(quoteNewNames),
    grants: grants.map(quoteNewNames),
    ...(placeholder === undefined ? {} : { placeholder: placeholder.map(quoteNewNames) }),
    ...(table === undefined ? {} : { table: ofTable(table) }),
    ...(view === undefined ? {} : { view: { ...view, columns: view.columns.map(typed) } }),
    ...(type === undefined ? {} : { type: ofType(type) }),
  }
}

type Texts = Pick<SchemaObject, 'identity' | 'create' | 'describe' | 'grants' | 'table' | 'view' | 'type'> &
  Pick<DraftObject, 'placeholder'>

function ofTable(table: TableDetails): TableDetails {
  const { ofType, partitionKey, partitionOf, columns, checks } = table
  return {
    ...table,
    ofType: quoted(ofType),
    partitionKey: quoted(partitionKey),
    partitionOf:
      partitionOf === undefined ? undefined : { ...partitionOf, bound: quoteNewNames(partitionOf.bound) },
    columns: columns.map((column): ColumnDetails => ({ ...typed(column), default: quoted(column.default) })),
    checks: checks.map((check) => ({ ...check, definition: quoteNewNames(check.definition) })),
  }
}

function ofType(type: TypeDetails): TypeDetails {
  if (type.kind === 'enum') return type
  if (type.kind === 'composite') return { ...type, attributes: type.attributes.map(typed) }
  return {
    ...type,
    baseType: quoteNewNames(type.baseType),
    default: quoted(type.default),
    constraints: type.constraints.map((one) => ({ ...one, definition: quoteNewNames(one.definition) })),
  }
}

function typed<T extends { readonly type: string }>(one: T): T {
  return { ...one, type: quoteNewNames(one.type) }
}

function quoted(sql: string | undefined): string | undefined {
  return sql === undefined ? undefined : quoteNewNames(sql)
}
