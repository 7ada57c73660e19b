import { identifier } from '../../postgres/identifiers.ts'
import type { UnsafeSchema } from '../../postgres/user-path.ts'

/** Why the search path leaves out a schema, as a clause. */
export function describeUnsafe({ schema, role, power }: UnsafeSchema): string {
  const who = role === 'PUBLIC' ? 'every role' : `role ${identifier(role)}`
  if (power === 'create') return `${who} may create objects in schema ${identifier(schema)}`
  return `${who} owns ${power === 'schema' ? '' : 'functions or operators in '}schema ${identifier(schema)}`
}

/** What makes the schema safe. */
export function cureUnsafe(unsafe: UnsafeSchema): string {
  return `look at what is in the schema, then ${statementFor(unsafe)}; or move what functions need into a schema where no other role may create`
}

function statementFor({ schema, role, power }: UnsafeSchema): string {
  if (power === 'create')
    return `REVOKE CREATE ON SCHEMA ${identifier(schema)} FROM ${role === 'PUBLIC' ? role : identifier(role)}`
  return power === 'schema'
    ? `ALTER SCHEMA ${identifier(schema)} OWNER TO a role that mbsync trusts, or let the URL connect as ${identifier(role)}`
    : `give those functions and operators to the owner of the schema`
}
