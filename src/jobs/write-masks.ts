import { readFile } from 'node:fs/promises'
import { isMap, parseDocument } from 'yaml'
import { UsageError } from '../core/errors.ts'
import { displayName } from '../core/table-name.ts'
import { onFile } from '../files/file-error.ts'
import { writeWhole } from '../files/write-whole.ts'
import type { PersonalColumn } from '../transfer/masks/personal/find-personal.ts'

/**
 * Adds the suggested masks to a profile of a configuration file; its comments and all else stay as they are.
 * @throws UsageError if the file does not have the profile
 */
export async function writeMasks(
  path: string | undefined,
  profile: string,
  found: readonly PersonalColumn[],
): Promise<void> {
  const text = path === undefined ? '' : await onFile(path, () => readFile(path, 'utf8'))
  const document = parseDocument(text)
  if (path === undefined || !isMap(document.getIn(['profiles', profile])))
    throw new UsageError(`No file has the profile ${profile}, so masks cannot be written into it`, {
      hint: 'Write an mbsync.yaml first: `mbsync init`.',
    })
  for (const { table, column, suggestion } of found) {
    const keys = ['profiles', profile, 'mask', tableKey(document, profile, table), column]
    if (document.hasIn(keys)) continue
    document.setIn(keys, document.createNode(suggestion))
  }
  await writeWhole(path, [document.toString({ lineWidth: 0 })])
}

/** The key that the table has already, in whichever way it is written. */
function tableKey(
  document: ReturnType<typeof parseDocument>,
  profile: string,
  table: PersonalColumn['table'],
): string {
  const masks = document.getIn(['profiles', profile, 'mask'])
  const spellings = [displayName(table), `${table.schema}.${table.name}`]
  const known = isMap(masks) ? masks.items.map(({ key }) => String(key)) : []
  return known.find((key) => spellings.includes(key)) ?? displayName(table)
}
