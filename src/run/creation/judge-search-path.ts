import type { RunRules } from '../../config/config.ts'
import type { Finding } from '../../core/finding.ts'
import { displayIdentifier } from '../../core/table-name.ts'
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
