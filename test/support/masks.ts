import type { Profile } from '../../src/config/config.ts'
import { maskSchema } from '../../src/config/schema/mask-schema.ts'

/** A key for tests. */
export const MASK_KEY = 'a key for tests that is long enough'

/** What a profile with these masks has, as mbsync.yaml would have them. */
export function maskedBy(
  mask: Record<string, Record<string, unknown>>,
  key: string | undefined = MASK_KEY,
): Partial<Profile> {
  return { mask: maskSchema.parse(mask), maskKey: key }
}
