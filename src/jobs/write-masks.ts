import { readFile } from 'node:fs/promises'
import { type Document, isMap, parseDocument } from 'yaml'
import { ownPath } from '../config/write/own-path.ts'
import { UsageError } from '../core/errors.ts'
import { displayName } from '../core/table-name.ts'
import { onFile } from '../files/file-error.ts'
import { writeWhole } from '../files/write-whole.ts'
import type { PersonalColumn } from '../transfer/masks/personal/find-personal.ts'

/**
 * Adds the suggested masks to a profile of a configuration file; its comments and all else stay as they are. Columns without a suggestion are left.
 * @returns how many there are
 * @throws UsageError if the file does not have the profile
 */
export async function writeMasks(
  path: string | undefined,
  profile: string,
  found: readonly PersonalColumn[],
): Promise<number> {
  const text = path === undefined ? '' : await onFile(path, () => readFile(path, 'utf8'))
  const suggested = found.filter(({ suggestion }) => suggestion !== undefined)
  if (path === undefined) throw noProfile(profile)
  const written = addMasks(text, profile, suggested)
  if (suggested.length > 0) await writeWhole(path, [written], 'as before')
  return suggested.length
}

/** Adds masks to the text of a configuration file. What the profile shares with others by an alias becomes its own. */
export function addMasks(text: string, profile: string, suggested: readonly PersonalColumn[]): string {
  const document = parseDocument(text)
  ownPath(document, ['profiles', profile, 'mask'])
  if (!isMap(document.getIn(['profiles', profile]))) throw noProfile(profile)
  for (const { table, column, suggestion } of suggested) {
    const keys = ['profiles', profile, 'mask', tableKey(document, profile, table)]
    ownPath(document, keys)
    // A key without a value is an empty map without entries yet.
    for (const empty of [keys.slice(0, -1), keys])
      if (!isMap(document.getIn(empty))) document.setIn(empty, document.createNode({}))
    if (!document.hasIn([...keys, column])) document.setIn([...keys, column], document.createNode(suggestion))
  }
  return document.toString({ lineWidth: 0 })
}

function noProfile(profile: string): UsageError {
  return new UsageError(`No file has the profile ${profile}, so masks cannot be written into it`, {
    hint: 'Write an mbsync.yaml first: `mbsync init`.',
  })
}

/** The key that the table has already, in whichever way it is written. */
function tableKey(document: Document, profile: string, table: PersonalColumn['table']): string {
  const masks = document.getIn(['profiles', profile, 'mask'])
  const spellings = [displayName(table), `${table.schema}.${table.name}`]
  const known = isMap(masks) ? masks.items.map(({ key }) => String(key)) : []
  return known.find((key) => spellings.includes(key)) ?? displayName(table)
}
