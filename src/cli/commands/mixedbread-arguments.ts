import { InvalidArgumentError, Option } from 'commander'
import type { Profile, SearchIndexConfig } from '../../config/config.ts'
import { derivedUuid, TENANT_TYPE } from '../../core/derived-uuid.ts'
import { UsageError } from '../../core/errors.ts'
import { chooseIndexes } from '../../jobs/search/choose-indexes.ts'

/**
 * The state has room for one store; the search index is named where a profile has several.
 * @throws UsageError if there is none, or no single one
 */
export function chooseStore(profile: Profile, { index }: { readonly index?: string }): SearchIndexConfig {
  const chosen = chooseIndexes(profile, index === undefined ? [] : [index], 'mixedbread')
  const [store, another] = chosen.filter(({ home }) => home.type === 'mixedbread')
  if (store !== undefined && another === undefined) return store
  throw new UsageError(
    store === undefined
      ? `Profile ${profile.name} has no search index of that name and of type mixedbread`
      : `Profile ${profile.name} has several search indexes of type mixedbread`,
    { hint: 'Name one with --index.' },
  )
}

/** `--index`. */
export function indexOption(): Option {
  return new Option('--index <name>', 'the search index, if the profile has several of this type')
}

/** A tenant by its uuid, in lower case, or by the number that is its key. */
export function parseTenant(text: string): string {
  if (/^\d{1,19}$/.test(text)) return derivedUuid(TENANT_TYPE, text)
  const uuid = text.toLowerCase()
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(uuid)) return uuid
  throw new InvalidArgumentError(
    'Give a uuid such as 6f1c2f34-90c5-4a7e-8d51-3b0c6d0c9a11, or a whole number.',
  )
}
