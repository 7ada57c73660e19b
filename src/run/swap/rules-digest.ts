import { createHash } from 'node:crypto'
import type { RunRules } from '../../config/config.ts'
import { fingerprintOfKey } from '../../transfer/masks/mask-keys.ts'
import type { AfterScript } from '../after/read-scripts.ts'

/**
 * A digest of what decides which rows and values a new database has, including the SQL that runs after the rows. If it differs, the profile
 * has changed.
 */
export function digestOfRules(rules: RunRules, after: readonly AfterScript[] = []): string {
  const { include, exclude, where, keep, deletes, columns, mask, maskKey } = rules
  const decisive = {
    from: 'from' in rules ? (rules as { from: { name: string } }).from.name : undefined,
    include: include.map(({ text }) => text),
    exclude: exclude.map(({ text }) => text),
    rows: { where, keep, deletes },
    values: { columns, mask, key: maskKey === undefined ? undefined : fingerprintOfKey(maskKey) },
    largeObjects: rules.largeObjects,
    rights: { owner: rules.owner, grants: rules.grants, publications: rules.swap.publications },
    locale: rules.swap.locale,
    after: after.map(({ file, statements }) => ({ file, statements })),
  }
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex')
}
