import { createHash } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { allFiles } from '../../src/dump/all-files.ts'
import type { Manifest } from '../../src/dump/manifest.ts'

// biome-ignore lint/suspicious/noExplicitAny: tests break the manifest in ways that no type allows
type LooseManifest = any

/** Changes the manifest of a dump that is a folder; its checksum then fits, as an attacker can write both. */
export function editManifest(dump: string, change: (manifest: LooseManifest) => void): void {
  const path = join(dump, 'manifest.json')
  const { sha256: _, ...manifest } = JSON.parse(readFileSync(path, 'utf8'))
  change(manifest)
  writeFileSync(path, sealed(manifest))
}

/** A manifest as text with its checksum, valid or not. */
export function sealed(manifest: object): string {
  const sha256 = createHash('sha256').update(JSON.stringify(manifest)).digest('hex')
  return `${JSON.stringify({ ...manifest, sha256 }, null, 2)}\n`
}

/** Changes the script of a file whose path matches, and describes it in the manifest as it then is; `facts` change with it. */
export function editScript(
  dump: string,
  matching: RegExp,
  change: (script: string) => string,
  facts: { readonly rows?: number; readonly rowsBytes?: number; readonly rowsStart?: number } = {},
): void {
  editFile(dump, matching, (script) => gzipSync(change(script)), facts)
}

/** Replaces the compressed bytes of a file whose path matches. */
export function editFile(
  dump: string,
  matching: RegExp,
  change: (script: string) => Buffer,
  facts: object = {},
): void {
  editManifest(dump, (manifest) => {
    const { tables } = manifest
    const file: LooseManifest = allFiles(manifest).find(({ path }) => matching.test(path))
    const path = join(dump, file.path)
    const bytes = change(gunzipSync(readFileSync(path)).toString('utf8'))
    writeFileSync(path, bytes)
    Object.assign(file, {
      bytes: bytes.length,
      rawBytes: gunzipSync(bytes).length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      ...facts,
    })
    const table = tables.find(({ name }: { name: string }) => name === file.table?.name)
    if (table !== undefined) Object.assign(table, { rows: file.rows, bytes: file.rowsBytes })
  })
}

/** Joins a folder's dump to a single file, its manifest in a comment of the caller's making. */
export function joinDump(
  dump: string,
  file: string,
  { comment = commentOf, between = '' }: { comment?: (manifest: string) => string; between?: string } = {},
): void {
  const text = readFileSync(join(dump, 'manifest.json'), 'utf8')
  const manifest: Manifest = JSON.parse(text)
  const members = allFiles(manifest).map(({ path }) => readFileSync(join(dump, path)))
  const stranger = between === '' ? [] : [gzipSync(between)]
  writeFileSync(file, Buffer.concat([gzipSync(comment(text)), ...stranger, ...members]))
}

/** The manifest as `export --single-file` writes it. */
export function commentOf(manifest: string): string {
  const lines = manifest.trimEnd().split('\n')
  const commented = lines.map((line) => `-- ${line}\n`).join('')
  return `-- mbsync dump: gunzip -c this-file | psql restores it\n${commented}-- end of the manifest\n`
}
