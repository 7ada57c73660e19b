import type { TableName } from '../core/table-name.ts'

/** An identifier, always quoted, ready to stand in SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A relation's quoted, schema-qualified name, ready to stand in SQL. */
export function relation({ schema, name }: TableName): string {
  return `${identifier(schema)}.${identifier(name)}`
}

/** Column names as a quoted list, each behind `prefix` (such as `l.`). */
export function columnList(names: readonly string[], prefix = ''): string {
  return names.map((name) => prefix + identifier(name)).join(', ')
}

/** A string literal for the places where SQL takes no parameters. Needs `standard_conforming_strings = on`. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** An array of a type, of the texts of its values, ready to stand in SQL. */
export function arrayLiteral(texts: readonly string[], type: string): string {
  const escaped = texts.some((text) => /["\\]/.test(text))
    ? texts.map((text) => text.replaceAll(/["\\]/g, '\\$&'))
    : texts
  const elements = texts.length === 0 ? '' : `"${escaped.join('","')}"`
  return `${literal(`{${elements}}`)}::${type}[]`
}
