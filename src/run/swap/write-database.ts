import { identifier, literal } from '../../postgres/identifiers.ts'
import type { DatabaseSetting, TargetDatabase } from './read-target-database.ts'

/** Settings whose values are lists of names. Each name is quoted separately, and the catalog already has them quoted. */
const LISTS = new Set([
  'local_preload_libraries',
  'search_path',
  'session_preload_libraries',
  'shared_preload_libraries',
  'temp_tablespaces',
  'unix_socket_directories',
])

/** One setting that a database gets or loses, as statements of one message. */
export interface SettingChange {
  readonly setting: Pick<DatabaseSetting, 'role' | 'name'>
  readonly statements: readonly string[]
}

/** The statements that give a database the settings of another, and remove settings that only it has. Pure. */
export function settingChanges(
  name: string,
  wanted: readonly DatabaseSetting[],
  present: readonly DatabaseSetting[] = [],
): SettingChange[] {
  const keyOf = ({ role, name: setting }: Pick<DatabaseSetting, 'role' | 'name'>) =>
    JSON.stringify([role, setting])
  const has = new Map(present.map((setting) => [keyOf(setting), setting.value]))
  const wants = new Set(wanted.map(keyOf))
  return [
    ...wanted
      .filter((setting) => has.get(keyOf(setting)) !== setting.value)
      .map((setting) => ({ setting, statements: setStatements(alter(name, setting), setting) })),
    ...present
      .filter((setting) => !wants.has(keyOf(setting)))
      .map((setting) => ({
        setting,
        statements: [`${alter(name, setting)} RESET ${settingName(setting.name)}`],
      })),
  ]
}

function alter(name: string, { role }: Pick<DatabaseSetting, 'role'>): string {
  return role === null
    ? `ALTER DATABASE ${identifier(name)}`
    : `ALTER ROLE ${identifier(role)} IN DATABASE ${identifier(name)}`
}

/** SET turns an empty value into a list with one empty name. So an empty list is copied from the session. */
function setStatements(altered: string, { name, value }: DatabaseSetting): string[] {
  const setting = settingName(name)
  if (!isList(name) || splitNames(value).length > 0)
    return [`${altered} SET ${setting} TO ${settingValue(name, value)}`]
  return [
    `SELECT pg_catalog.set_config(${literal(name)}, '', true)`,
    `${altered} SET ${setting} FROM CURRENT`,
  ]
}

/**
 * The statements that give a database, while it is closed, the other properties that are not stored inside it: its privileges, connection
 * limit and comment. Pure.
 */
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

/** A name of a setting can contain dots, but no other special character. */
function settingName(name: string): string {
  return name.split('.').map(identifier).join('.')
}

function settingValue(name: string, value: string): string {
  return isList(name) ? splitNames(value).map(literal).join(', ') : literal(value)
}

function isList(name: string): boolean {
  return LISTS.has(name.toLowerCase())
}

/** `"$user", public` as two names. */
function splitNames(list: string): string[] {
  return Array.from(list.matchAll(/"((?:[^"]|"")*)"|[^\s,"]+/g), ([whole, quoted]) =>
    quoted === undefined ? whole : quoted.replaceAll('""', '"'),
  )
}
