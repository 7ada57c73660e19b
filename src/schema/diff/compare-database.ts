import { literal } from '../../postgres/identifiers.ts'
import { setStatements, settingName } from '../../postgres/setting-sql.ts'
import type { DatabaseDetails, DatabaseSetting } from '../database-details.ts'
import { quoteName } from '../quote-name.ts'
import { review, versus } from './changes.ts'
import type { Change, Difference } from './difference.ts'

/**
 * What differs in the databases themselves: their settings and comments. None of it is safe, as it is about one environment as often as about all. What is set
 * for roles is compared where privileges are.
 */
export function compareDatabase(
  source: DatabaseDetails | undefined,
  target: DatabaseDetails | undefined,
  grants: 'none' | 'source',
): Difference[] {
  if (source === undefined || target === undefined) return []
  const identity = `DATABASE ${quoteName(target.name)}`
  const ofAll = ({ role }: DatabaseSetting) => role === null || grants === 'source'
  const changes = [
    ...compareSettings(identity, source.settings.filter(ofAll), target.settings.filter(ofAll)),
    ...compareComments(identity, source.comment, target.comment),
  ]
  if (changes.length === 0) return []
  return [
    {
      kind: 'database',
      identity,
      of: undefined,
      ids: { source: undefined, target: undefined },
      place: -1,
      changes,
    },
  ]
}

const OF_ENVIRONMENT = 'it may be meant for one of the two databases alone'

function compareSettings(
  identity: string,
  source: readonly DatabaseSetting[],
  target: readonly DatabaseSetting[],
): Change[] {
  const isSame = (a: DatabaseSetting) => (b: DatabaseSetting) => a.role === b.role && a.name === b.name
  const alter = ({ role }: DatabaseSetting) =>
    role === null ? `ALTER ${identity}` : `ALTER ROLE ${quoteName(role)} IN ${identity}`
  const changed = source.flatMap((setting) => {
    const other = target.find(isSame(setting))
    if (other?.value === setting.value) return []
    const statements = setStatements(alter(setting), shown(setting))
    return [
      review('database setting', describe(setting, other?.value, setting.value), OF_ENVIRONMENT, statements),
    ]
  })
  const extra = target
    .filter((setting) => !source.some(isSame(setting)))
    .map((setting) => {
      const statement = `${alter(setting)} RESET ${settingName(setting.name)}`
      return review('database setting', describe(setting, setting.value, undefined), OF_ENVIRONMENT, [
        statement,
      ])
    })
  return [...changed, ...extra]
}

function describe(setting: DatabaseSetting, from: string | undefined, to: string | undefined): string {
  const { role, name } = setting
  const subject = `setting ${name}${role === null ? '' : ` of role ${quoteName(role)}`}`
  if (!isOwn(setting)) return `${subject}: ${versus(from, to, 'not set')}`
  if (from === undefined) return `${subject}: not set, but in the source`
  return to === undefined ? `${subject} is only in the target` : `${subject} has another value in the source`
}

/** What applications have made up is a good place for their secrets: its value is not shown. */
function isOwn({ name }: DatabaseSetting): boolean {
  return name.includes('.')
}

function shown(setting: DatabaseSetting): DatabaseSetting {
  return isOwn(setting) ? { ...setting, value: '…' } : setting
}

function compareComments(identity: string, source: string | null, target: string | null): Change[] {
  if (source === target) return []
  const words = source === null ? 'NULL' : literal(source)
  const known = source === null ? 'is only in the target' : 'is another one in the source'
  const what = `comment ${target === null ? 'is missing' : known}`
  return [review('comment', what, OF_ENVIRONMENT, [`COMMENT ON ${identity} IS ${words}`])]
}
