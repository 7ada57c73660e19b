import type { Command } from 'commander'
import type { RunJob } from '../run-job.ts'
import { addSchemaDiffCommand } from './schema-diff.ts'
import { addSchemaExportCommand } from './schema-export.ts'

/** Adds `mbsync schema export` and `mbsync schema diff`. */
export function addSchemaCommand(program: Command, runJob: RunJob): void {
  const schema = program
    .command('schema')
    .summary('write the schema of a database, or compare two')
    .description('Reads the schemas of databases from their catalogs.')
  addSchemaExportCommand(schema, runJob)
  addSchemaDiffCommand(schema, runJob)
}
