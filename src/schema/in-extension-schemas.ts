import { findTokens, unquoted } from '../core/sql-tokens.ts'
import type { Session } from '../postgres/session.ts'
import type { CreatableObject } from './creatable-object.ts'
import { quoteName } from './quote-name.ts'

/** The names of members of extensions, by their schema, with the schema of each in the other database. */
type Moved = ReadonlyMap<string, ReadonlyMap<string, string>>

/**
 * Rewrites a schema for a database in which extensions are in other schemas: `extensions.citext` becomes `public.citext` if that is the
 * same type of the same extension. Literals and bodies of functions stay as they are.
 * @param session in the database that the schema is written for
 */
export async function inExtensionSchemas<S extends { readonly objects: readonly CreatableObject[] }>(
  session: Session,
  schema: S,
): Promise<S> {
  const moved = withoutNamesakes(await readMoved(session, schema.objects), schema.objects)
  return moved.size === 0 ? schema : (rewrite(schema, moved) as typeof schema)
}

async function readMoved(session: Session, objects: readonly CreatableObject[]): Promise<Moved> {
  const extensions = objects.flatMap(({ extension, create: [statement = ''] }) => {
    const [, schema] = /WITH SCHEMA (.+)$/.exec(statement) ?? []
    return extension === undefined || schema === undefined
      ? []
      : [{ name: extension.name, schema: unquoted(schema) }]
  })
  if (extensions.length === 0) return new Map()
  const rows = await session.query<{ schema: string; name: string; now: string }>(MEMBERS_SQL, [
    extensions.map(({ name }) => name),
    extensions.map(({ schema }) => schema),
  ])
  const moved = new Map<string, Map<string, string>>()
  for (const { schema, name, now } of rows) {
    const members = moved.get(schema) ?? new Map<string, string>()
    moved.set(schema, members.set(name, now))
  }
  return moved
}

/** Members of extensions, by their names. Only a few catalogs have any. */
const MEMBERS_SQL = `
SELECT s.schema, m.name, n.nspname::text AS now
FROM unnest($1::text[], $2::text[]) AS s (extension, schema)
JOIN pg_extension e ON e.extname = s.extension JOIN pg_namespace n ON n.oid = e.extnamespace AND n.nspname <> s.schema
JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
JOIN LATERAL (
  SELECT typname::text FROM pg_type WHERE d.classid = 'pg_type'::regclass AND oid = d.objid AND typnamespace = n.oid
  UNION ALL SELECT proname FROM pg_proc WHERE d.classid = 'pg_proc'::regclass AND oid = d.objid AND pronamespace = n.oid
  UNION ALL SELECT oprname FROM pg_operator WHERE d.classid = 'pg_operator'::regclass AND oid = d.objid AND oprnamespace = n.oid
  UNION ALL SELECT opcname FROM pg_opclass WHERE d.classid = 'pg_opclass'::regclass AND oid = d.objid AND opcnamespace = n.oid
  UNION ALL SELECT opfname FROM pg_opfamily WHERE d.classid = 'pg_opfamily'::regclass AND oid = d.objid AND opfnamespace = n.oid
  UNION ALL SELECT collname FROM pg_collation WHERE d.classid = 'pg_collation'::regclass AND oid = d.objid AND collnamespace = n.oid
  UNION ALL SELECT dictname FROM pg_ts_dict WHERE d.classid = 'pg_ts_dict'::regclass AND oid = d.objid AND dictnamespace = n.oid
  UNION ALL SELECT tmplname FROM pg_ts_template WHERE d.classid = 'pg_ts_template'::regclass AND oid = d.objid AND tmplnamespace = n.oid
  UNION ALL SELECT cfgname FROM pg_ts_config WHERE d.classid = 'pg_ts_config'::regclass AND oid = d.objid AND cfgnamespace = n.oid
  UNION ALL SELECT relname FROM pg_class WHERE d.classid = 'pg_class'::regclass AND oid = d.objid AND relnamespace = n.oid
) AS m (name) ON true`

/** Objects that users have given the name of a member stay, such as a function with other arguments. */
function withoutNamesakes(moved: Moved, objects: readonly CreatableObject[]): Moved {
  if (moved.size === 0) return moved
  const own = objects.flatMap(({ schema, identity }) => {
    const members = schema === undefined ? undefined : moved.get(schema)
    const tokens = members === undefined ? [] : findTokens(identity)
    const at = tokens.findIndex(
      ({ token }, index) => unquoted(token) === schema && tokens[index + 1]?.token === '.',
    )
    const name = at < 0 ? undefined : tokens[at + 2]?.token
    return name === undefined ? [] : [`${schema} ${unquoted(name)}`]
  })
  const taken = new Set(own)
  return new Map(
    [...moved].map(([schema, members]) => [
      schema,
      new Map([...members].filter(([name]) => !taken.has(`${schema} ${name}`))),
    ]),
  )
}

function rewrite(value: unknown, moved: Moved): unknown {
  if (typeof value === 'string') return rewriteText(value, moved)
  if (Array.isArray(value)) return value.map((each: unknown) => rewrite(each, moved))
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([key, each]: [string, unknown]) => [key, rewrite(each, moved)]),
  )
}

function rewriteText(text: string, moved: Moved): string {
  if (![...moved.keys()].some((schema) => text.includes(schema))) return text
  const tokens = findTokens(text)
  let written = ''
  let end = 0
  for (const [index, { token, at }] of tokens.entries()) {
    const members = moved.get(unquoted(token))
    if (members === undefined || tokens[index + 1]?.token !== '.' || tokens[index - 1]?.token === '.')
      continue
    const now = members.get(nameAfter(text, tokens[index + 2]))
    if (now === undefined) continue
    written += text.slice(end, at) + quoteName(now)
    end = at + token.length
  }
  return written + text.slice(end)
}

/** A name, or all characters of an operator. */
function nameAfter(text: string, found: { readonly token: string; readonly at: number } | undefined): string {
  if (found === undefined) return ''
  const [operator] = /^[-+*/<>=~!@#%^&|`?]+/.exec(text.slice(found.at)) ?? []
  return operator ?? unquoted(found.token)
}
