import type { Command } from 'commander'
import type { RunJob } from '../run-job.ts'
import { addSchemaExportCommand } from './schema-export.ts'

/** Adds `mbsync schema export`. */
export function addSchemaCommand(program: Command, runJob: RunJob): void {
  const schema = program
    .command('schema')
    .summary('write the schema of a database')
    .description('Reads the schema of a database from its catalog.')
  addSchemaExportCommand(schema, runJob)
}
