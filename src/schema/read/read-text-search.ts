import type { Session } from '../../postgres/session.ts'
import type { ObjectId } from '../object-id.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import type { ObjectKind } from '../schema-object.ts'
import { featureIf, sinceOf } from './features.ts'
import { functionName, qualifiedName } from './name-sql.ts'
import { type DraftObject, IS_USER_SCHEMA, type ReadContext, type ReadObjects } from './read-context.ts'

/** Reads the parsers, templates, dictionaries and configurations of full text search. */
export async function readTextSearch(session: Session, { dependencies }: ReadContext): Promise<ReadObjects> {
  const parsers = await session.query<PartsRow>(PARSERS_SQL)
  const templates = await session.query<PartsRow>(TEMPLATES_SQL)
  const dictionaries = await session.query<DictionaryRow>(DICTIONARIES_SQL)
  const configurations = await session.query<ConfigurationRow>(CONFIGURATIONS_SQL)
  const isOwn = ({ id }: { readonly id: ObjectId }) => dependencies.extensionOf(id) === undefined
  return {
    objects: [
      ...parsers.filter(isOwn).map((row) => partsOf(row, 'text search parser')),
      ...templates.filter(isOwn).map((row) => partsOf(row, 'text search template')),
      ...dictionaries.filter(isOwn).map(dictionaryOf),
      ...configurations.filter(isOwn).map(configurationOf),
    ],
  }
}

interface NamedRow extends Record<string, unknown> {
  readonly id: ObjectId
  readonly schema: string
  readonly name: string
}

/** A parser or a template: its functions, by purpose. */
interface PartsRow extends NamedRow {
  readonly functions: Record<string, string>
}

interface DictionaryRow extends NamedRow {
  readonly owner: string
  readonly template: string
  /** In the server's own text. */
  readonly options: string | null
}

interface ConfigurationRow extends NamedRow {
  readonly owner: string
  readonly parser: string
  readonly mappings: { token: string; dictionaries: string }[] | null
}

function partsOf(row: PartsRow, kind: 'text search parser' | 'text search template'): DraftObject {
  const identity = `${kind.toUpperCase()} ${quoteQualified(row)}`
  const list = Object.entries(row.functions).map(([purpose, name]) => `\n    ${purpose} = ${name}`)
  const superuserReason = `only a superuser can create a ${kind}`
  return { ...shared(row, kind, identity), create: [`CREATE ${identity} (${list}\n)`], superuserReason }
}

function dictionaryOf(row: DictionaryRow): DraftObject {
  const identity = `TEXT SEARCH DICTIONARY ${quoteQualified(row)}`
  const options = row.options === null ? '' : `,\n    ${row.options}`
  const create = `CREATE ${identity} (\n    TEMPLATE = ${row.template}${options}\n)`
  const own = shared(row, 'text search dictionary', identity)
  return { ...own, create: [create], owner: row.owner, ...stemmerOf([create]) }
}

function configurationOf(row: ConfigurationRow): DraftObject {
  const identity = `TEXT SEARCH CONFIGURATION ${quoteQualified(row)}`
  const mappings = (row.mappings ?? []).map(({ token, dictionaries }) => {
    return `ALTER ${identity} ADD MAPPING FOR ${quoteName(token)} WITH ${dictionaries}`
  })
  const create = [`CREATE ${identity} (PARSER = ${row.parser})`, ...mappings]
  const own = shared(row, 'text search configuration', identity)
  return { ...own, create, owner: row.owner, ...stemmerOf(create) }
}

/** Languages that were added after version 14. */
function stemmerOf(create: readonly string[]) {
  const isEstonian = /\blanguage = 'estonian'|(?<![\w".])(?:pg_catalog\.)?estonian_stem\b/.test(create.join())
  return sinceOf([featureIf(isEstonian, 180000, 'the stemmer of Estonian')])
}

function shared({ id, schema }: NamedRow, kind: ObjectKind, identity: string) {
  return { id, kind, identity, schema, section: 'pre-data' as const, owner: undefined }
}

const PARSERS_SQL = `
SELECT 'pg_ts_parser:' || p.oid AS id, n.nspname AS schema, p.prsname AS name, json_strip_nulls(json_build_object(
  'START', ${functionName('p.prsstart')}, 'GETTOKEN', ${functionName('p.prstoken')}, 'END', ${functionName('p.prsend')},
  'HEADLINE', ${functionName('p.prsheadline')}, 'LEXTYPES', ${functionName('p.prslextype')})) AS functions
FROM pg_ts_parser p JOIN pg_namespace n ON n.oid = p.prsnamespace
WHERE p.oid >= 16384 AND ${IS_USER_SCHEMA}`

const TEMPLATES_SQL = `
SELECT 'pg_ts_template:' || t.oid AS id, n.nspname AS schema, t.tmplname AS name, json_strip_nulls(json_build_object(
  'INIT', ${functionName('t.tmplinit')}, 'LEXIZE', ${functionName('t.tmpllexize')})) AS functions
FROM pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace
WHERE t.oid >= 16384 AND ${IS_USER_SCHEMA}`

const DICTIONARIES_SQL = `
SELECT 'pg_ts_dict:' || d.oid AS id, n.nspname AS schema, d.dictname AS name, pg_get_userbyid(d.dictowner) AS owner,
  ${qualifiedName('tn.nspname', 't.tmplname')} AS template, d.dictinitoption AS options
FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace
JOIN pg_ts_template t ON t.oid = d.dicttemplate JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
WHERE d.oid >= 16384 AND ${IS_USER_SCHEMA}`

/**
 * Only a function of a parser can name its tokens. It is called if it belongs to PostgreSQL or an extension. A parser of a user is listed
 * as unsupported, and its configurations with it.
 */
const CONFIGURATIONS_SQL = `
WITH named AS MATERIALIZED (
  SELECT p.oid AS parser FROM pg_ts_parser p
  WHERE p.prslextype < 16384 OR EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.prslextype AND d.deptype = 'e')
), token AS MATERIALIZED (
  SELECT n.parser, t.tokid, t.alias FROM named n CROSS JOIN LATERAL ts_token_type(n.parser) AS t
  WHERE EXISTS (SELECT FROM pg_ts_config c WHERE c.cfgparser = n.parser AND c.oid >= 16384)
)
SELECT 'pg_ts_config:' || c.oid AS id, n.nspname AS schema, c.cfgname AS name, pg_get_userbyid(c.cfgowner) AS owner,
  ${qualifiedName('pn.nspname', 'p.prsname')} AS parser,
  (SELECT json_agg(json_build_object('token', m.alias, 'dictionaries', m.dictionaries) ORDER BY m.maptokentype)
    FROM (SELECT t.alias, m.maptokentype, string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno) AS dictionaries
      FROM pg_ts_config_map m JOIN token t ON t.parser = c.cfgparser AND t.tokid = m.maptokentype
      WHERE m.mapcfg = c.oid GROUP BY t.alias, m.maptokentype) AS m) AS mappings
FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace
JOIN pg_ts_parser p ON p.oid = c.cfgparser JOIN pg_namespace pn ON pn.oid = p.prsnamespace
WHERE c.oid >= 16384 AND ${IS_USER_SCHEMA}`
