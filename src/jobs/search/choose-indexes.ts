import type { Profile, SearchIndexConfig } from '../../config/config.ts'
import { UsageError } from '../../core/errors.ts'

/**
 * The search indexes that are meant: those of the given names, else all of the given type.
 * @throws UsageError if there are none
 */
export function chooseIndexes(
  { name, search }: Profile,
  names: readonly string[],
  type: SearchIndexConfig['home']['type'],
): SearchIndexConfig[] {
  const known = search.map((index) => `\`${index.name}\``).join(', ') || 'none'
  for (const wanted of names) {
    if (search.some((index) => index.name === wanted)) continue
    throw new UsageError(`Profile ${name} has no search index of that name`, {
      hint: `Its search indexes are ${known}; \`search\` of the profile in mbsync.yaml lists them.`,
    })
  }
  const chosen = search.filter((index) =>
    names.length === 0 ? index.home.type === type : names.includes(index.name),
  )
  if (chosen.length > 0) return chosen
  throw new UsageError(`Profile ${name} has no search index of type ${type}`, {
    hint: 'Define one under `search` in mbsync.yaml and list it in `search` of the profile: see docs/SEARCH.md.',
  })
}
