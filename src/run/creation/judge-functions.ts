import type { RunRules } from '../../config/config.ts'
import { countOf } from '../../core/count-of.ts'
import type { Finding } from '../../core/finding.ts'
import { displayIdentifier } from '../../core/table-name.ts'
import { isSuperuser } from '../../postgres/catalog/is-superuser.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { Session } from '../../postgres/session.ts'
import { configuredPath, parsePath } from '../../postgres/user-path.ts'
import type { CreatableObject } from '../../schema/creatable-object.ts'
import { noteFinding } from '../../transfer/validate/finding.ts'

/**
 * Notes that functions of the source may not find, in the target, what they name without a schema, because its database has another search
 * path.
 */
export async function judgeSearchPath(
  session: Session,
  objects: readonly CreatableObject[],
  searchPath: string | undefined,
  { to }: Pick<RunRules, 'to'>,
): Promise<Finding[]> {
  if (searchPath === undefined || !objects.some(({ kind }) => kind === 'function')) return []
  const [wanted, own] = [parsePath(searchPath), parsePath(await configuredPath(session))]
  if (wanted.every((name) => own.includes(name))) return []
  const { database } = await session.queryOne<{ database: string }>('SELECT current_database() AS database')
  const list = (names: readonly string[]) => names.map(displayIdentifier).join(', ')
  return [
    noteFinding(
      to.name,
      `the search path of the source database is ${list(wanted)}, that of the target ${list(own)}: functions may not find names without a schema`,
      `ALTER DATABASE ${identifier(database)} SET search_path = ${wanted.map(identifier).join(', ')}.`,
    ),
  ]
}

const MOST_NAMES = 5

/** Notes functions that run with the rights of their owner, if that owner becomes a superuser. */
export async function judgeDefiners(
  session: Session,
  objects: readonly CreatableObject[],
  { owner, to }: Pick<RunRules, 'owner' | 'to'>,
): Promise<Finding[]> {
  const names = objects.filter(isDefiner).map(({ identity }) => identity)
  if (names.length === 0 || owner === 'source') return []
  if (!(await isSuperuser(session))) return []
  const shown = names.slice(0, MOST_NAMES).join(', ')
  const more = names.length > MOST_NAMES ? ` and ${names.length - MOST_NAMES} more` : ''
  return [
    noteFinding(
      to.name,
      `${countOf(names.length, 'function')} with SECURITY DEFINER would run as superuser for all who call them: ${shown}${more}`,
      'Let a role that is not a superuser create the schema, keep the owners of the source (`owner: source`), or give the functions to another role afterwards: ALTER FUNCTION … OWNER TO ….',
    ),
  ]
}

/** PostgreSQL writes this on the line before the body. */
function isDefiner({ kind, create: [statement = ''] }: CreatableObject): boolean {
  if (kind !== 'function') return false
  const body = statement.search(/^(AS |BEGIN ATOMIC|RETURN )/m)
  return /^ [A-Z0-9 ]*\bSECURITY DEFINER\b/m.test(statement.slice(0, body < 0 ? undefined : body))
}
