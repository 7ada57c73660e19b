/** The schema-qualified name of a table, sequence or other relation, unquoted and case-sensitive. */
export interface TableName {
  readonly schema: string
  readonly name: string
}

/** A relation's name as a person reads it: quoted only where PostgreSQL needs quotes, as in `public."Component"`. */
export function displayName({ schema, name }: TableName): string {
  return `${displayIdentifier(schema)}.${displayIdentifier(name)}`
}

/** An identifier as a person reads it: quoted only where its spelling needs quotes. */
export function displayIdentifier(identifier: string): string {
  return /^[a-z_][a-z0-9_$]*$/.test(identifier) ? identifier : `"${identifier.replaceAll('"', '""')}"`
}

/** A string that two names share exactly when they name the same relation; usable as a Map key. No name in a database contains NUL. */
export function nameKey({ schema, name }: TableName): string {
  return `${schema}\0${name}`
}

/** Whether two names name the same relation. */
export function isSameTable(one: TableName, other: TableName): boolean {
  return one.schema === other.schema && one.name === other.name
}
