import { isDeepStrictEqual } from 'node:util'
import type { CollectionFieldSchema, CollectionSchema } from 'typesense'
import { isSameReference } from './references.ts'
import type { CollectionSettings, FieldSettings } from './typesense-settings.ts'

/** What a collection lacks, has in another way, or has besides what its schema asks for. */
interface FieldDifferences {
  /** Can be added to a collection with documents. */
  readonly addable: readonly FieldSettings[]
  readonly missing: readonly FieldSettings[]
  /** Can be indexed again as they are configured, from the documents that the server keeps. */
  readonly alterable: readonly FieldSettings[]
  readonly different: readonly {
    readonly name: string
    readonly property: string
    readonly wanted: unknown
    readonly found: unknown
  }[]
  /** Neither parts of an object nor found by a field that detects others. */
  readonly extra: readonly CollectionFieldSchema[]
}

/** Compares the fields that are configured with those of a collection. */
export function compareFields(
  { fields, default_sorting_field }: CollectionSettings,
  live: Pick<CollectionSchema, 'fields'>,
): FieldDifferences {
  const wanted = fields.filter(({ name }) => name !== 'id')
  const found = new Map(live.fields.map((field) => [field.name, field]))
  const absent = wanted.filter(({ name }) => !found.has(name))
  const canAlter = (field: FieldSettings) =>
    field.name !== default_sorting_field && isAlterable(field, found.get(field.name))
  return {
    addable: absent.filter(isAddable),
    missing: absent.filter((field) => !isAddable(field)),
    alterable: wanted.filter(canAlter),
    different: wanted
      .filter((field) => !canAlter(field))
      .flatMap((field) => differencesOf(field, found.get(field.name))),
    extra: live.fields.filter(({ name }) => !isExpected(name, wanted)),
  }
}

/** Servers before version 30.1 take a reference, and bind it to nothing. */
function isAddable(field: FieldSettings): boolean {
  return isOptional(field) && field.reference === undefined
}

/** What changes how a field is searched, and neither its values nor what else depends on it. */
const ALTERABLE = new Set(['facet', 'sort', 'infix'])

/** Fields with parts, or made of others, or that the server does not keep the values of, need a rebuild. */
function isAlterable(field: FieldSettings, found: CollectionFieldSchema | undefined): boolean {
  if (found === undefined || isDynamic(field) || field.name.includes('.') || field.type.startsWith('object'))
    return false
  if (found.store === false || found.embed !== undefined || field.reference !== undefined) return false
  const properties = differencesOf(field, found).map(({ property }) => property)
  return properties.length > 0 && properties.every((property) => ALTERABLE.has(property))
}

/** What PATCH makes of the fields of a collection: those to add, and those to drop and add again. */
export interface FieldChanges {
  readonly added: readonly FieldSettings[]
  readonly altered: readonly FieldSettings[]
}

/** The changes that a collection needs to have the fields that are configured, as far as it can have them; of new ones, those that are provided. */
export function fieldChanges(
  settings: CollectionSettings,
  live: Pick<CollectionSchema, 'fields'>,
  isProvided: (field: FieldSettings) => boolean = () => true,
): FieldChanges {
  const { addable, alterable } = compareFields(settings, live)
  return { added: addable.filter(isProvided), altered: alterable }
}

/** Whether a field stands for others, whose names and types the server finds in the documents. */
export function isDynamic({ name, type }: Pick<FieldSettings, 'name' | 'type'>): boolean {
  return type === 'auto' || type === 'string*' || name.includes('*')
}

/** Whether documents may lack a field. */
export function isOptional(field: FieldSettings): boolean {
  return field.optional ?? isDynamic(field)
}

/** What the server fills in; a property without one is compared only if it is configured. */
function defaultsOf(field: FieldSettings): Readonly<Record<string, unknown>> {
  const isNumber = ['int32', 'int64', 'float', 'bool'].includes(field.type)
  return {
    facet: false,
    index: true,
    infix: false,
    locale: '',
    optional: isDynamic(field),
    stem: false,
    store: true,
    ...(isNumber && { sort: true }),
    ...(field.type === 'string' && { sort: false }),
  }
}

function differencesOf(field: FieldSettings, found: CollectionFieldSchema | undefined) {
  if (found === undefined) return []
  const defaults = defaultsOf(field)
  const stated = Object.entries(field).filter(
    ([property, value]) => value !== undefined && property !== 'name',
  )
  return Object.entries({ ...defaults, ...Object.fromEntries(stated) }).flatMap(([property, wanted]) => {
    const value = found[property] ?? defaults[property]
    const isSame = property === 'reference' ? isSameReference(wanted, value) : isCovered(wanted, value)
    return isSame ? [] : [{ name: field.name, property, wanted, found: value }]
  })
}

/** The server adds properties to objects, leaves out what is false, and hides keys of embedding services. */
function isCovered(wanted: unknown, found: unknown): boolean {
  if (found === undefined) return wanted === false || wanted === '' || wanted === null
  if (!isObject(wanted) || !isObject(found)) return isDeepStrictEqual(wanted, found)
  return Object.entries(wanted).every(([key, value]) => isSecret(key) || isCovered(value, found[key]))
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isSecret(key: string): boolean {
  return /key|secret|token|password/.test(key)
}

function isExpected(name: string, wanted: readonly FieldSettings[]): boolean {
  return wanted.some(
    (field) =>
      field.name === name ||
      (field.type.startsWith('object') && name.startsWith(`${field.name}.`)) ||
      (isDynamic(field) && detects(field, name)),
  )
}

function detects({ name: pattern }: FieldSettings, name: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})(?:\\.|$)`).test(name)
  } catch {
    return false
  }
}
