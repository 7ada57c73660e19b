import { isDeepStrictEqual } from 'node:util'
import type { CollectionSchema } from 'typesense'
import type { Finding } from '../../core/finding.ts'
import type { DocumentColumn, SearchFinding } from '../search-index.ts'
import { checkColumns } from './check-columns.ts'
import { checkFields } from './check-fields.ts'
import { checkPrivileges, mayRead } from './check-privileges.ts'
import { checkServer } from './check-server.ts'
import { withoutMark } from './collection-mark.ts'
import { compareFields, fieldChanges, isOptional } from './compare-fields.ts'
import type { ControlPlane } from './control-plane.ts'
import { findLeftBehind } from './find-left-behind.ts'
import { findLive } from './live-collection.ts'
import { checkReferences } from './references.ts'
import type { CollectionSettings, TypesenseSettings } from './typesense-settings.ts'

/** Finds what would fail on the server, in the schema, and with the columns of the documents. Changes nothing. */
export async function checkIndex(
  control: ControlPlane,
  settings: TypesenseSettings,
  columns: readonly DocumentColumn[],
): Promise<SearchFinding[]> {
  const { collection, schema, creates } = settings
  const wrong = schema === undefined ? [] : checkFields(collection, schema)
  if (wrong.length > 0) return wrong
  const server = await checkServer(control, collection)
  if (!server.isReachable) return server.findings
  const unreadable = await mayRead(control, collection)
  if (unreadable.length > 0) return [...server.findings, ...unreadable]
  const live = (await findLive(control, collection))?.schema
  const privileges = await checkPrivileges(control, {
    name: collection,
    live,
    isRebuild: creates === 'replacement' || (creates === 'missing' && live === undefined),
    isAdjusting: schema !== undefined && live !== undefined && changesFields(schema, live),
  })
  const findings: SearchFinding[] = [...server.findings, ...privileges]
  if (privileges.some(({ severity }) => severity === 'error')) return findings
  if (live === undefined) findings.push(...(await missing(control, settings)))
  else if (schema !== undefined && creates !== 'replacement')
    findings.push(...checkSchema(collection, schema, live))
  if (live !== undefined) {
    const isRebuild = creates === 'replacement'
    findings.push(...(await checkReferences(control, collection, live, isRebuild, settings.together ?? [])))
    findings.push(...(await findLeftBehind(control, collection, live.name)))
  }
  const effective: CollectionSettings | undefined = schema ?? live
  if (effective !== undefined) {
    const found = checkColumns(collection, effective, columns)
    // What a collection may have that is used as it is does not concern the query.
    findings.push(...found.filter(({ severity }) => schema !== undefined || severity === 'error'))
  }
  return findings
}

function changesFields(schema: CollectionSettings, live: CollectionSchema): boolean {
  const { added, altered } = fieldChanges(schema, live)
  return added.length + altered.length > 0
}

async function missing(
  control: ControlPlane,
  { collection, schema, creates }: TypesenseSettings,
): Promise<SearchFinding[]> {
  if (creates !== 'nothing' && schema !== undefined) return []
  const alias = await control.find((client) => client.aliases(collection).retrieve())
  return [
    {
      isMissing: true,
      severity: 'error',
      subject: collection,
      message:
        alias === undefined
          ? 'The collection does not exist'
          : `The alias points to ${alias.collection_name}, which does not exist`,
      hint:
        schema === undefined
          ? 'Create it on the server, or give its `fields` in the configuration so that mbsync can.'
          : 'Let mbsync create it with `mbsync typesense --create`, or check the name.',
    },
  ]
}

const REBUILD = 'Run `mbsync typesense rebuild`, or change the configuration to what the collection has.'

/** Tells every difference between the schema that is configured and that of the live collection. */
function checkSchema(name: string, settings: CollectionSettings, live: CollectionSchema): Finding[] {
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
