import { quoteName, quoteQualified } from '../quote-name.ts'
import type { SchemaObject } from '../schema-object.ts'

/** The statement that drops only this object; undefined if there is none, because the object is dropped with another one. */
export function dropStatement(object: SchemaObject): string | undefined {
  const { kind, identity, of, create } = object
  switch (kind) {
    case 'constraint':
      return `${alterConstrained(object)} DROP CONSTRAINT ${constraintName(object)}`
    case 'default': {
      const [statement = ''] = create
      if (of === undefined) return undefined
      const column = identity.slice(`DEFAULT ${quoteQualified(of)}.`.length)
      const view = statement.startsWith('ALTER VIEW ') ? 'VIEW' : 'TABLE'
      return `ALTER ${view} ${quoteQualified(of)} ALTER COLUMN ${column} DROP DEFAULT`
    }
    case 'trigger':
      return isCloned(object) ? enableTrigger(object) : `DROP ${identity}`
    case 'partition':
    case 'index partition':
    case 'row security':
    case 'default privileges':
    case 'privileges':
      return undefined
    default:
      return `DROP ${identity}`
  }
}

/** The name of a constraint, quoted. */
export function constraintName({ identity }: SchemaObject): string {
  return CONSTRAINT.exec(identity)?.[1] ?? identity
}

/** `ALTER TABLE` or `ALTER DOMAIN` for the owner of a constraint. */
export function alterConstrained({ identity, of }: SchemaObject): string {
  if (of !== undefined) return `ALTER TABLE ${quoteQualified(of)}`
  return `ALTER ${CONSTRAINT.exec(identity)?.[2] ?? identity}`
}

/** Whether the trigger of a partitioned table created this one, so that only its state can differ. */
export function isCloned({ create: [statement = ''] }: SchemaObject): boolean {
  return statement.startsWith('ALTER TABLE ')
}

/** The statement that makes a trigger fire like a new one. */
export function enableTrigger({ identity, of }: SchemaObject): string {
  const [, name = ''] = TRIGGER.exec(identity) ?? []
  return `ALTER TABLE ${of === undefined ? '' : quoteQualified(of)} ENABLE TRIGGER ${name}`
}

const TRIGGER = /^TRIGGER ("(?:[^"]|"")*"|[^\s"]+) ON /

/** `CONSTRAINT name ON public.t`, or `CONSTRAINT name ON DOMAIN public.d`. */
const CONSTRAINT = /^CONSTRAINT ("(?:[^"]|"")*"|[^\s"]+) ON ([\s\S]*)$/

/** `ALTER TABLE … ALTER COLUMN …`. */
export function alterColumn(
  table: Parameters<typeof quoteQualified>[0],
  column: string,
  isOnly = false,
): string {
  return `ALTER TABLE ${isOnly ? 'ONLY ' : ''}${quoteQualified(table)} ALTER COLUMN ${quoteName(column)}`
}
