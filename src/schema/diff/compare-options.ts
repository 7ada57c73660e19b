import { quoteName } from '../quote-name.ts'
import type { StorageOption } from '../table-details.ts'
import { writeOptions } from '../write-options.ts'

/** The `SET` and `RESET` clauses that turn the options of the target into those of the source; none if they are equal. */
export function optionActions(target: readonly StorageOption[], source: readonly StorageOption[]): string[] {
  const wanted = new Map(source.map(({ name, value }) => [name, value]))
  const set = source.filter(({ name, value }) =>
    target.every((other) => other.name !== name || other.value !== value),
  )
  const reset = target.filter(({ name }) => !wanted.has(name))
  return [
    ...(set.length === 0 ? [] : [`SET (${writeOptions(set)})`]),
    ...(reset.length === 0
      ? []
      : [`RESET (${reset.map(({ name }) => name.split('.').map(quoteName).join('.')).join(', ')})`]),
  ]
}

/** Options as text. */
export function describeOptions(options: readonly StorageOption[]): string | undefined {
  return options.length === 0 ? undefined : writeOptions(options)
}
