import type { ColumnDetails } from './table-details.ts'
import { writeOptions } from './write-options.ts'

/** The ALTER COLUMN clauses for an existing column: everything that the statement that creates it cannot express. */
export function columnSettings(
  column: Pick<ColumnDetails, 'statistics' | 'storage' | 'compression' | 'options'>,
): string[] {
  const { statistics, storage, compression, options } = column
  return [
    ...(statistics === undefined ? [] : [`SET STATISTICS ${statistics}`]),
    ...(storage === undefined ? [] : [`SET STORAGE ${storage.toUpperCase()}`]),
    ...(compression === undefined ? [] : [`SET COMPRESSION ${compression}`]),
    ...(options.length === 0 ? [] : [`SET (${writeOptions(options)})`]),
  ]
}
