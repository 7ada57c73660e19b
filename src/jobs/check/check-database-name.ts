import type { DatabaseConfig } from '../../config/config.ts'
import { namesDatabase } from '../../postgres/connection-options.ts'
import type { Check } from './checklist.ts'

/** Warns of a URL that leaves the database to the name of the user. */
export function checkDatabaseName({ name, url }: DatabaseConfig): Check[] {
  if (namesDatabase(url)) return []
  return [
    {
      status: 'warning',
      subject: name,
      message: 'The URL names no database: as in libpq, mbsync uses the one named like the user',
      hint: 'Add it after the host, as in postgres://user:password@host:5432/database, or set PGDATABASE.',
    },
  ]
}
