import { literal } from '../postgres/identifiers.ts'
import { quoteName } from './quote-name.ts'
import type { StorageOption } from './table-details.ts'

/** Options in parentheses, such as `fillfactor=70, toast.autovacuum_enabled=false`. */
export function writeOptions(options: readonly StorageOption[]): string {
  return options.map(({ name, value }) => `${optionName(name)}=${optionValue(value)}`).join(', ')
}

function optionName(name: string): string {
  return name.split('.').map(quoteName).join('.')
}

function optionValue(value: string): string {
  return /^[a-z_][a-z0-9_]*$|^-?[0-9]+(\.[0-9]+)?$/.test(value) && quoteName(value) === value
    ? value
    : literal(value)
}

/** Parameters that servers before this version lack, and can do without. */
const NEWER_SINCE = 180000
const NEWER = new Set(['autovacuum_vacuum_max_threshold', 'vacuum_max_eager_freeze_failure_rate'])

/** Whether a parameter is unknown to older servers. */
export function isNewerOption({ name }: Pick<StorageOption, 'name'>): boolean {
  return NEWER.has(name.replace(/^toast\./, ''))
}

/** The options that a server of a version can have. */
export function knownOptions(
  options: readonly StorageOption[],
  serverVersion: number,
): readonly StorageOption[] {
  return serverVersion >= NEWER_SINCE ? options : options.filter((option) => !isNewerOption(option))
}
