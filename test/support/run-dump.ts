import { createReadStream, statSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { createGunzip } from 'node:zlib'
import type { DatabaseConfig } from '../../src/config/config.ts'
import { type ExportOptions, type ExportResult, exportDump } from '../../src/jobs/export.ts'
import { type ImportOptions, importDump } from '../../src/jobs/import.ts'
import type { JobContext } from '../../src/progress/job-context.ts'
import type { RunResult } from '../../src/run/run-result.ts'
import type { Section } from '../../src/schema/schema-object.ts'
import type { DatabasePair } from './databases.ts'
import { profileOf } from './run-sync.ts'

/** Watches a job that is let run. */
export const WATCH: JobContext = {
  signal: new AbortController().signal,
  report: () => undefined,
  confirm: async () => 'yes',
}

/** Runs `export` of the pair's source in this process. */
export function runExport(
  pair: DatabasePair,
  output: string,
  options: Partial<ExportOptions> = {},
): Promise<ExportResult> {
  const defaults = {
    isSingleFile: false,
    compression: { method: 'gzip', level: 1 } as const,
    tables: [],
    excluded: [],
  }
  return exportDump(profileOf(pair), { ...defaults, output, ...options }, WATCH)
}

/** Runs `import` into the pair's target in this process. */
export function runImport(
  pair: DatabasePair,
  dump: string,
  options: Partial<ImportOptions> & { readonly to?: DatabaseConfig } = {},
): Promise<RunResult> {
  const { to = profileOf(pair).to, tables = [], allowBlocking = false, ...others } = options
  return importDump(
    { ...profileOf(pair), name: 'import', to },
    { ...others, dump, tables, allowBlocking },
    WATCH,
  )
}

/** The scripts of a dump in the order of their names, each one unpacked; all at once of a single file. With those of the schema, if it `isWhole`. */
export async function* scriptsOf(dump: string, isWhole = false): AsyncGenerator<Buffer> {
  if (statSync(dump).isFile()) {
    yield unpack(dump)
    return
  }
  const names = (await readdir(join(dump, 'data'))).sort()
  const schema = (section: Section) => unpack(join(dump, 'schema', `${section}.sql.gz`))
  if (isWhole) yield schema('pre-data')
  for (const name of names) yield unpack(join(dump, 'data', name))
  if (isWhole) yield schema('post-data')
}

async function unpack(path: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of createReadStream(path).pipe(createGunzip())) pieces.push(piece)
  return Buffer.concat(pieces)
}
