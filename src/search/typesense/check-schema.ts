import { isDeepStrictEqual } from 'node:util'
import type { CollectionSchema } from 'typesense'
import type { Finding } from '../../core/finding.ts'
import { withoutMark } from './collection-mark.ts'
import { compareFields, isOptional } from './compare-fields.ts'
import type { CollectionSettings } from './typesense-settings.ts'

const REBUILD = 'Run `mbsync typesense rebuild`, or change the configuration to what the collection has.'

/** Tells every difference between the schema that is configured and that of the live collection. */
export function checkSchema(name: string, settings: CollectionSettings, live: CollectionSchema): Finding[] {
  const { addable, missing, alterable, different, extra } = compareFields(settings, live)
  const error = (message: string): Finding => ({ severity: 'error', subject: name, message, hint: REBUILD })
  return [
    ...addable.map((field) =>
      note(name, `The optional field ${field.name} is new and will be added to the collection`),
    ),
    ...alterable.map((field) =>
      note(name, `The field ${field.name} is configured differently, and the server will index it again`),
    ),
    ...missing.map((field) =>
      error(
        field.reference === undefined
          ? `The collection lacks the field ${field.name}, which cannot be added because it is not optional`
          : `The collection lacks the field ${field.name}, which refers to another collection and needs a new collection`,
      ),
    ),
    ...different.map(({ name: field, property, wanted, found }) =>
      error(`The field ${field} has ${property} ${shown(found)} in the collection, not ${shown(wanted)}`),
    ),
    ...extra.map((field) =>
      isOptional(field)
        ? note(
            name,
            `The collection has a field ${field.name} that is not configured`,
            'A rebuild leaves it out.',
          )
        : error(`The collection has a required field ${field.name} that is not configured`),
    ),
    ...differentSettings(settings, live).map(({ property, wanted, found }) =>
      error(`The collection has ${property} ${shown(found)}, not ${shown(wanted)}`),
    ),
    ...(settings.metadata !== undefined && !isDeepStrictEqual(settings.metadata, withoutMark(live.metadata))
      ? [note(name, 'The metadata of the collection differ from those configured', 'A rebuild sets them.')]
      : []),
  ]
}

/** By their values where nothing is configured, which are those that the server takes. */
const DEFAULTS = {
  default_sorting_field: '',
  enable_nested_fields: false,
  symbols_to_index: [] as readonly string[],
  token_separators: [] as readonly string[],
} as const

function differentSettings(settings: CollectionSettings, live: CollectionSchema) {
  const properties = Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]
  return properties
    .map((property) => ({
      property,
      wanted: settings[property] ?? DEFAULTS[property],
      found: live[property] ?? DEFAULTS[property],
    }))
    .filter(({ wanted, found }) => !isDeepStrictEqual(sorted(wanted), sorted(found)))
}

function sorted(value: unknown): unknown {
  return Array.isArray(value) ? [...value].sort() : value
}

function note(subject: string, message: string, hint?: string): Finding {
  return { severity: 'note', subject, message, ...(hint !== undefined && { hint }) }
}

function shown(value: unknown): string {
  return value === undefined ? 'unset' : JSON.stringify(value)
}
