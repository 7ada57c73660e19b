import { identifier } from '../../postgres/identifiers.ts'
import type { DocumentColumn } from '../search-index.ts'
import { isGeometry } from './fits-field.ts'

/** The SQL that makes a geopoint of a column, which is an array of latitude and longitude; undefined for other fields and columns. */
export function geopointHint(fieldType: string, { name, type }: DocumentColumn): string | undefined {
  if (fieldType !== 'geopoint') return undefined
  const column = identifier(name)
  const select = (latitude: string, longitude: string) =>
    `CASE WHEN ${column} IS NOT NULL THEN ARRAY[${latitude}, ${longitude}] END AS ${column}`
  if (type === 'point') {
    const [first, second] = [`${column}[0]`, `${column}[1]`]
    return `A geopoint is an array of latitude and longitude. Where the column holds latitude first, select ${select(first, second)}; where it holds longitude first, as PostGIS does, ${select(second, first)}.`
  }
  if (!isGeometry(type)) return undefined
  // The search_path of the query is not known to have them.
  const schema = type.includes('.') ? `${type.slice(0, type.lastIndexOf('.', type.search(/\(|$/)))}.` : ''
  const geometry = `${column}::${schema}geometry`
  return `A geopoint is an array of latitude and longitude: select ${select(`${schema}ST_Y(${geometry})`, `${schema}ST_X(${geometry})`)}. Coordinates of another system than 4326 first need ${schema}ST_Transform(…, 4326).`
}
