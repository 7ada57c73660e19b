import type { Session } from '../../postgres/session.ts'
import { quoteName } from '../../schema/quote-name.ts'
import type { SchemaObject } from '../../schema/schema-object.ts'
import { findStrangers } from '../creation/find-strangers.ts'
import { mustBeGiven, ownersOf } from './judge-carried.ts'

/**
 * The statements that give objects of a new database the owners that they have in the old one, except those that were noted beforehand. An
 * owner must be allowed to create in the schema of its objects at that moment, so schemas come last.
 */
export async function ownerStatements(
  session: Session,
  old: readonly SchemaObject[],
  known: ReadonlyMap<string, SchemaObject>,
): Promise<string[]> {
  const others = old.filter(({ identity, owner, placeholderOf }) => {
    const now = known.get(identity)?.owner
    return owner !== undefined && placeholderOf === undefined && now !== undefined && now !== owner
  })
  const strangers = await findStrangers(session, ownersOf(others))
  const given = others.filter((object) => {
    const stranger = strangers.find(({ name }) => name === object.owner)
    return stranger === undefined || mustBeGiven(object, stranger)
  })
  const rights = await lackingRights(session, given)
  const [schemas, rest] = [given.filter(isSchema), given.filter((object) => !isSchema(object))]
  return [
    ...rights.map(({ right, role }) => `GRANT ${right} TO ${role}`),
    ...rest.map(ownerStatement),
    ...rights.map(({ right, role }) => `REVOKE ${right} FROM ${role}`),
    ...schemas.map(ownerStatement),
  ]
}

function isSchema({ kind }: SchemaObject): boolean {
  return kind === 'schema'
}

function ownerStatement({ identity, owner = '' }: SchemaObject): string {
  return `ALTER ${identity} OWNER TO ${quoteName(owner)}`
}

/** What owners are not allowed to do in the new database, where nothing has been granted yet. */
async function lackingRights(
  session: Session,
  objects: readonly SchemaObject[],
): Promise<{ readonly right: string; readonly role: string }[]> {
  const placed = objects.flatMap(({ schema, owner }) =>
    schema === undefined || owner === undefined ? [] : { schema, owner },
  )
  const rows = await session.query<{ schema: string; owner: string }>(
    `SELECT DISTINCT o.schema, o.owner FROM unnest($1::text[], $2::text[]) AS o (schema, owner)
     WHERE NOT has_schema_privilege(o.owner, o.schema, 'CREATE') ORDER BY 1, 2`,
    [placed.map(({ schema }) => schema), placed.map(({ owner }) => owner)],
  )
  return rows.map(({ schema, owner }) => {
    return { right: `CREATE ON SCHEMA ${quoteName(schema)}`, role: quoteName(owner) }
  })
}
