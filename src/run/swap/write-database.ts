import { identifier, literal } from '../../postgres/identifiers.ts'
import type { TargetDatabase } from './read-target-database.ts'

/** Settings whose values are lists of names, each quoted by itself: the catalog has them quoted already. */
const LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
])

/** The statements that give a database the settings of another. Pure. */
export function settingStatements(name: string, { settings }: Pick<TargetDatabase, 'settings'>): string[] {
  return settings.map(({ role, name: setting, value }) => {
    const of =
      role === null
        ? `DATABASE ${identifier(name)}`
        : `ROLE ${identifier(role)} IN DATABASE ${identifier(name)}`
    return `ALTER ${of} SET ${settingName(setting)} TO ${settingValue(setting, value)}`
  })
}

/** The statements that give a database, which is closed, what else belongs to another from outside: who may use it, its limit and its comment. Pure. */
export function belongingStatements(
  name: string,
  { grants, connectionLimit, comment }: Pick<TargetDatabase, 'grants' | 'connectionLimit' | 'comment'>,
): string[] {
  return [
    ...grants.map(({ role, privilege, isGrantable }) => {
      const to = role === null ? 'PUBLIC' : identifier(role)
      return `GRANT ${privilege} ON DATABASE ${identifier(name)} TO ${to}${isGrantable ? ' WITH GRANT OPTION' : ''}`
    }),
    `ALTER DATABASE ${identifier(name)} CONNECTION LIMIT ${connectionLimit}`,
    `COMMENT ON DATABASE ${identifier(name)} IS ${comment === null ? 'NULL' : literal(comment)}`,
  ]
}

/** Names of settings have at most dots in them. */
function settingName(name: string): string {
  return name.split('.').map(identifier).join('.')
}

function settingValue(name: string, value: string): string {
  if (!LISTS.has(name.toLowerCase())) return literal(value)
  const names = splitNames(value)
  return names.length === 0 ? literal('') : names.map(literal).join(', ')
}

/** `"$user", public` as two names. */
export function splitNames(list: string): string[] {
  return Array.from(list.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g), ([whole, quoted]) =>
    quoted === undefined ? whole : quoted.replaceAll('""', '"'),
  )
}
