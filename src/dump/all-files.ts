import type { DumpFile, Manifest } from './manifest.ts'

/** Every file of a dump, in the order in which psql should run them. */
export function allFiles({
  files,
  sequencesFile,
  schema,
}: Pick<Manifest, 'files' | 'sequencesFile' | 'schema'>): DumpFile[] {
  if (schema === undefined) return [...files, sequencesFile]
  return [schema.preDataFile, ...files, sequencesFile, schema.postDataFile]
}
