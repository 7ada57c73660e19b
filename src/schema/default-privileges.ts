import { sqlTokens } from '../core/sql-tokens.ts'
import type { TableName } from '../core/table-name.ts'
import type { CreatableObject } from './creatable-object.ts'
import { type Grant, includesGrant, parseGrant } from './parse-grant.ts'
import { quoteName, quoteQualified } from './quote-name.ts'

/** What `ALTER DEFAULT PRIVILEGES` grants on new objects of one kind, or revokes from the privileges that they would have. */
export interface DefaultGrant extends Grant {
  /** The role that creates the objects, quoted. */
  readonly creator: string
  /** Undefined for all schemas. */
  readonly schema: string | undefined
}

/** Reads the default privileges among the objects of a database. */
export function defaultGrantsOf(
  objects: readonly Pick<CreatableObject, 'kind' | 'schema' | 'grants'>[],
): DefaultGrant[] {
  return objects
    .filter(({ kind }) => kind === 'default privileges')
    .flatMap(({ schema, grants }) =>
      grants.flatMap(parseGrant).flatMap((grant) => {
        const [, creator] = CREATOR.exec(grant.scope) ?? []
        return creator === undefined ? [] : [{ ...grant, creator, schema }]
      }),
    )
}

const CREATOR = /^ALTER DEFAULT PRIVILEGES FOR ROLE ("(?:[^"]|"")+"|[^" ]+) /

/** The default privileges of a database, and the role that creates an object there and is its first owner. */
export interface GivenByDefault {
  readonly defaults: readonly DefaultGrant[]
  readonly creator: string
}

/**
 * The statements after the creation of an object that take back what default privileges have given or taken, except what the object has in its own database,
 * too. It still belongs to its creator then.
 */
export function withoutDefaults(
  object: Pick<CreatableObject, 'kind' | 'identity' | 'schema' | 'create' | 'grants' | 'placeholderOf'>,
  by: GivenByDefault,
): string[] {
  if (by.defaults.length === 0 || object.placeholderOf !== undefined) return []
  const { kind, identity, schema } = object
  const kinds = KINDS[kind]
  const granted = object.grants.flatMap(parseGrant)
  const own = granted.filter(({ on }) => kind === 'sequence' || !on.startsWith('SEQUENCE '))
  const name = nameOf(identity)
  return [
    ...(kinds === undefined
      ? []
      : restore(
          { on: `${WORDS[kinds]} ${name}`, kinds, schema: kinds === 'SCHEMAS' ? undefined : schema },
          own,
          by,
        )),
    ...(kind === 'table' ? identitySequences(object.create) : []).flatMap((sequence) =>
      restoreSequence({ sequence, schema, granted }, by),
    ),
  ]
}

/** The same for the sequence of an identity column that an existing table gets: it has the owner of the table. */
export function sequenceWithoutDefaults({ schema, name }: TableName, by: GivenByDefault): string[] {
  return restoreSequence({ sequence: quoteQualified({ schema, name }), schema, granted: [] }, by)
}

function restoreSequence(
  {
    sequence,
    schema,
    granted,
  }: {
    readonly sequence: string
    readonly schema: string | undefined
    readonly granted: readonly Grant[]
  },
  by: GivenByDefault,
): string[] {
  const on = `SEQUENCE ${sequence}`
  const own = granted.filter((grant) => grant.on === on)
  return restore({ on, kinds: 'SEQUENCES', schema }, own, by)
}

function restore(
  { on, kinds, schema }: { readonly on: string; readonly kinds: string; readonly schema: string | undefined },
  own: readonly Grant[],
  { defaults, creator }: GivenByDefault,
): string[] {
  const acting = defaults.filter(
    (each) =>
      each.on === kinds &&
      each.creator === quoteName(creator) &&
      (each.schema === undefined || each.schema === schema),
  )
  const isOwn = (grant: Grant) => includesGrant(own, grant)
  const extra = acting.filter((each) => each.isGrant && !isOwn(each))
  const lacking = acting.filter((each) => !each.isGrant && !isOwn(each))
  return [
    ...[...new Set(extra.map(({ role }) => role))].map((role) => `REVOKE ALL ON ${on} FROM ${role}`),
    ...lacking.map(({ privilege, role }) => `GRANT ${privilege} ON ${on} TO ${role}`),
  ]
}

/** The words of ALTER DEFAULT PRIVILEGES for kinds of objects. */
const KINDS: Readonly<Record<string, keyof typeof WORDS>> = {
  table: 'TABLES',
  view: 'TABLES',
  'materialized view': 'TABLES',
  sequence: 'SEQUENCES',
  function: 'FUNCTIONS',
  aggregate: 'FUNCTIONS',
  type: 'TYPES',
  domain: 'TYPES',
  schema: 'SCHEMAS',
}

const WORDS = {
  TABLES: 'TABLE',
  SEQUENCES: 'SEQUENCE',
  FUNCTIONS: 'ROUTINE',
  TYPES: 'TYPE',
  SCHEMAS: 'SCHEMA',
}

/** The name of an object in GRANT. That of an aggregate has its arguments without their roles. */
function nameOf(identity: string): string {
  const name = identity.replace(/^(?:MATERIALIZED )?[A-Z]+ /, '')
  if (!identity.startsWith('AGGREGATE ')) return name
  return name
    .replace(/\(\*\)$/, '()')
    .replace(/\(ORDER BY /, '(')
    .replace(/ ORDER BY /, ', ')
}

/** The qualified names of the sequences that a statement creates with the identity columns of a table. */
function identitySequences(create: readonly string[]): string[] {
  return create.flatMap((statement) => {
    const tokens = sqlTokens(statement)
    return tokens.flatMap((token, at) =>
      token === 'IDENTITY' && tokens[at + 2] === 'SEQUENCE' && tokens[at + 3] === 'NAME'
        ? [tokens.slice(at + 4, at + 7).join('')]
        : [],
    )
  })
}
