import type { ColumnDetails } from './table-details.ts'
import { writeOptions } from './write-options.ts'

/** What ALTER COLUMN is to do after the column is there: everything that the statement that creates it has no word for. */
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
