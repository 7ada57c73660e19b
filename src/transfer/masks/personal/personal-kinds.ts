import type { PersonalKind } from './kind.ts'
import { CONTACT } from './kinds/contact.ts'
import { CREDENTIALS } from './kinds/credentials.ts'
import { DESCRIPTIONS } from './kinds/descriptions.ts'
import { NUMBERS } from './kinds/numbers.ts'
import { RECORDS } from './kinds/records.ts'

/** The kinds, most certain first. A column is of the first kind that fits. */
export const PERSONAL_KINDS: readonly PersonalKind[] = [
  ...CREDENTIALS,
  ...CONTACT.slice(0, 2),
  ...NUMBERS,
  ...CONTACT.slice(2),
  ...DESCRIPTIONS,
  ...RECORDS,
]

/** The first kind of a name. */
export function kindNamed(name: string): PersonalKind | undefined {
  return PERSONAL_KINDS.find((kind) => kind.name === name)
}

/** What a JSON of a person is if no word in its name says otherwise. */
export const ATTRIBUTES = PERSONAL_KINDS.find(
  ({ evidence, families }) => evidence !== undefined && families.includes('json'),
)
