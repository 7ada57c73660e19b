import { identifier, literal } from '../../postgres/identifiers.ts'
import { setStatements, settingName } from '../../postgres/setting-sql.ts'
import type { DatabaseSetting } from '../../schema/database-details.ts'
import type { TargetDatabase } from './read-target-database.ts'

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

/**
 * The statements that give a database, while it is closed, the other properties that are not stored inside it: its owner, if that has changed,
 * and its privileges, connection limit and comment. Pure.
 */
export function belongingStatements(
  name: string,
  {
    owner,
    grants,
    connectionLimit,
    comment,
  }: Pick<TargetDatabase, 'owner' | 'grants' | 'connectionLimit' | 'comment'>,
  ownerNow: string,
): string[] {
  const database = identifier(name)
  return [
    // First: what the former owner is granted would become the grant of the new one.
    ...(owner === ownerNow ? [] : [`ALTER DATABASE ${database} OWNER TO ${identifier(owner)}`]),
    ...grants.map(({ role, privilege, isGrantable }) => {
      const to = role === null ? 'PUBLIC' : identifier(role)
      return `GRANT ${privilege} ON DATABASE ${database} TO ${to}${isGrantable ? ' WITH GRANT OPTION' : ''}`
    }),
    `ALTER DATABASE ${database} CONNECTION LIMIT ${connectionLimit}`,
    `COMMENT ON DATABASE ${database} IS ${comment === null ? 'NULL' : literal(comment)}`,
  ]
}
