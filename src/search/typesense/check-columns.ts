import type { Finding } from '../../core/finding.ts'
import { nearestName } from '../../core/nearest-name.ts'
import { identifier } from '../../postgres/identifiers.ts'
import type { DocumentColumn } from '../search-index.ts'
import { isDynamic, isOptional } from './compare-fields.ts'
import { fitsField, isBeyond64Bits, isRounded } from './fits-field.ts'
import { geopointSql } from './geopoint-sql.ts'
import type { CollectionSettings, FieldSettings } from './typesense-settings.ts'

/** Tells the fields that no document could have, and the columns whose values no server would take for their fields. */
export function checkColumns(
  name: string,
  settings: CollectionSettings,
  columns: readonly DocumentColumn[],
): Finding[] {
  const byName = new Map(columns.map((column) => [column.name, column]))
  // With a field that detects others, the server turns values into the types of their fields where it can.
  const isCoercing = settings.fields.some(isDynamic)
  const findings = settings.fields
    .filter(isFromDocument)
    .flatMap((field) => checkField(name, field, byName, settings.enable_nested_fields === true, isCoercing))
  return [...findings, ...checkSortingField(name, settings)]
}

/** Embeddings are made by the server, and fields that are not indexed are not looked at. */
function isFromDocument(field: FieldSettings): boolean {
  return field.name !== 'id' && !isDynamic(field) && field.embed === undefined && field.index !== false
}

function checkField(
  subject: string,
  field: FieldSettings,
  columns: ReadonlyMap<string, DocumentColumn>,
  isNested: boolean,
  isCoercing: boolean,
): Finding[] {
  const column = columns.get(field.name)
  if (column === undefined) {
    // A part of an object is within the column of the whole.
    const isPart = isNested && columns.has(field.name.split('.')[0] ?? '')
    if (isPart) return []
    if (isOptional(field)) return [unprovided(subject, field, columns)]
    return [error(subject, `No column provides the required field ${field.name}`, MISSING_HINT)]
  }
  if (isCoercing || fitsField(field.type, column.type))
    return isRounded(field.type, column.type) ? [rounded(subject, field, column)] : []
  const message = `The column ${column.name} is of the type ${column.type}, which the field's type ${field.type} cannot take`
  return [
    error(
      subject,
      message,
      geopointHint(field.type, column) ??
        int32Hint(field.type, column) ??
        int64Hint(field.type, column) ??
        epochHint(field.type, column) ??
        TYPE_HINT,
    ),
  ]
}

/** A whole number beyond 32 bits would be taken, and then found by no filter. */
function int32Hint(fieldType: string, { type }: DocumentColumn): string | undefined {
  if (!fieldType.startsWith('int32') || !fitsField(fieldType.replace('int32', 'int64'), type))
    return undefined
  return 'Give the field the type int64; where all values fit into 32 bits, cast the column to integer in the query.'
}

/** Of such numbers, a server makes others, or rejects the document. */
function int64Hint(fieldType: string, { type }: DocumentColumn): string | undefined {
  if (!/^int(32|64)/.test(fieldType) || !isBeyond64Bits(type)) return undefined
  return 'Give the field the type string, and cast the column to text in the query; where all values fit into 64 bits, give it the type int64 and cast the column to bigint.'
}

/** Documents keep the number as it is; what is searched does not. */
function rounded(subject: string, { name, type }: FieldSettings, column: DocumentColumn): Finding {
  const [array, cast] = type.endsWith('[]') ? ['[]', ' each element'] : ['', ' it']
  return {
    severity: 'note',
    subject,
    message: `The field ${name} is of the type ${type}, which keeps about seven digits, and its column is of the type ${column.type}: filters and sorting may take different values for the same`,
    hint: isBeyond64Bits(column.type)
      ? `Where values are longer, give the field the type string${array}, and cast${cast} to text in the query.`
      : `Where values are longer, give the field the type int64${array}.`,
  }
}

/** No cast turns a point in time into a number. */
function epochHint(fieldType: string, { name, type }: DocumentColumn): string | undefined {
  if (!/^(int32|int64|float)$/.test(fieldType) || !/^(date|timestamp)\b[^\]]*$/.test(type)) return undefined
  const column = identifier(name)
  const field = fieldType === 'int32' ? 'Give the field the type int64, and select' : 'Select'
  return `${field} the seconds since 1970 in the query: CASE WHEN isfinite(${column}) THEN extract(epoch FROM ${column})::bigint END AS ${column}.`
}

/** It may be misspelt: then documents have a field of another name, which is not indexed. */
function unprovided(
  subject: string,
  { name }: FieldSettings,
  columns: ReadonlyMap<string, DocumentColumn>,
): Finding {
  const meant = nearestName(name, [...columns.keys()])
  return {
    severity: 'note',
    subject,
    message: `No column provides the optional field ${name}, so no document will have it`,
    hint:
      meant === undefined
        ? 'Select a column of that name, or leave the field out.'
        : `Is the column ${meant} meant?`,
  }
}

const MISSING_HINT = 'Select a column of that name in the query, or make the field optional.'
const TYPE_HINT = 'Cast the column in the query, or change the type of the field.'

function checkSortingField(
  subject: string,
  { default_sorting_field: sorting = '', fields }: CollectionSettings,
): Finding[] {
  if (sorting === '') return []
  const field = fields.find(({ name }) => name === sorting)
  if (field === undefined) {
    return [error(subject, `The default_sorting_field ${sorting} is not among the fields`, SORTING_HINT)]
  }
  if (!isOptional(field)) return []
  return [error(subject, `The default_sorting_field ${sorting} must not be optional`, SORTING_HINT)]
}

const SORTING_HINT = 'Name a required field of a number type, or leave default_sorting_field out.'

function error(subject: string, message: string, hint: string): Finding {
  return { severity: 'error', subject, message, hint }
}

/** The SQL that makes a geopoint of a column, which is an array of latitude and longitude; undefined for other fields and columns. */
export function geopointHint(fieldType: string, { name, type }: DocumentColumn): string | undefined {
  if (!fieldType.startsWith('geopoint')) return undefined
  const column = identifier(name)
  const found = geopointSql(column, type, fieldType.endsWith('[]'))
  if (found === undefined) return undefined
  const { sql, swapped, mayBeProjected } = found
  const select = (each: string) => `select ${each} AS ${column}`
  if (swapped !== undefined)
    return `A geopoint is an array of latitude and longitude. Where the column holds latitude first, ${select(sql)}; where it holds longitude first, as PostGIS does, ${select(swapped)}.`
  const projected =
    mayBeProjected === true
      ? ' Coordinates of another system than 4326 first need ST_Transform(…, 4326).'
      : ''
  return `A geopoint is an array of latitude and longitude: ${select(sql)}.${projected}`
}
