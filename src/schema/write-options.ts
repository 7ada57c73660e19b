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
