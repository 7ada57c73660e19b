import { createReadStream } from 'node:fs'
import { pipeline, type Readable } from 'node:stream'
import { explainFileError } from '../files/file-error.ts'
import { storedColumns } from '../transfer/inspect/columns.ts'
import type { RowStream } from '../transfer/source/row-source.ts'
import { createDecompressor, isCodecError } from './compression.ts'
import { damaged } from './damaged.ts'
import { catalogOf } from './describe-catalog.ts'
import { schemaOf } from './describe-schema.ts'
import type { DumpFile, Manifest, ManifestFile } from './manifest.ts'
import { Meter } from './meter.ts'
import type { Dump } from './open-dump.ts'
import { rowScript, type Script, schemaScript, sequenceScript } from './script.ts'
import { RowCheck, ScriptCheck } from './script-checks.ts'

const PIECE_BYTES = 256 * 1024

/** Reads the rows of a file of a dump; it ends with an error unless every byte of the file is as the manifest says. */
export function readRows(dump: Dump, file: ManifestFile): RowStream {
  const check = new RowCheck(dump, file, scriptOf(dump.manifest, file))
  return { stream: checkedStream(dump, file, check), rowCount: () => check.rows }
}

/** Reads the script that sets the sequences, for its checks alone. */
export function readSequences(dump: Dump): Readable {
  const { manifest } = dump
  const script = sequenceScript(catalogOf(manifest).sequences, manifest)
  return checkedStream(dump, manifest.sequencesFile, new ScriptCheck(dump, manifest.sequencesFile, script))
}

/** Reads the scripts of the schema, for their checks alone. */
export function readSchemaScripts(dump: Dump): Readable[] {
  const { manifest } = dump
  const { schema } = manifest
  if (schema === undefined) return []
  const { objects } = schemaOf(schema)
  const kind = { ...manifest, scriptVersion: schema.scriptVersion }
  const sections = [
    ['pre-data', schema.preDataFile],
    ['post-data', schema.postDataFile],
  ] as const
  return sections.map(([section, file]) =>
    checkedStream(dump, file, new ScriptCheck(dump, file, schemaScript(objects, section, kind))),
  )
}

/** Whether as much is around the rows of a file as its script has, by what its manifest says alone. */
export function fitsScript({ manifest }: Dump, file: ManifestFile): boolean {
  const { rowsStart, rowsBytes, rawBytes } = file
  const script = scriptOf(manifest, file)
  return script !== undefined && rawBytes === rowsStart + rowsBytes + script.trailer.length
}

/** What mbsync wrote around the rows of a file. Whether foreign keys were suspended shows in the length alone. */
function scriptOf(manifest: Manifest, file: ManifestFile): Script | undefined {
  const { encoding, restrictKey, openingVersion, searchPath } = manifest
  const hasSchema = manifest.schema !== undefined
  const { table: name, part, parts, rowsStart } = file
  const table = manifest.tables.find((each) => each.schema === name.schema && each.name === name.name)
  if (table === undefined) return undefined
  const columns = storedColumns(table).map((column) => column.name)
  return [false, true]
    .map((suspendsForeignKeys) =>
      rowScript({
        table: name,
        columns,
        part,
        parts,
        encoding,
        restrictKey,
        openingVersion,
        searchPath,
        hasSchema,
        suspendsForeignKeys,
      }),
    )
    .find(({ header }) => header.length === rowsStart)
}

function checkedStream(dump: Dump, file: DumpFile, check: ScriptCheck | RowCheck): Readable {
  const { path, start, length } = dump.locate(file)
  const disk = createReadStream(path, { start, end: start + length - 1, highWaterMark: PIECE_BYTES })
  const meter = new Meter()
  const codec = createDecompressor(dump.manifest.compression.method)
  check.expectFrom(meter, codec)
  // Whatever fails destroys the last stream, where the caller learns of it.
  return pipeline(disk, meter, codec, check, () => undefined)
}

/** An error of reading a dump as a person should read it. */
export function explainReadError(
  error: unknown,
  { path, manifest }: Pick<Dump, 'path' | 'manifest'>,
): unknown {
  if (isCodecError(error)) return damaged(path, `is not a whole ${manifest.compression.method} file`, error)
  return explainFileError(error, path)
}
