import type { PersonalKind } from './kind.ts'
import type { Column } from './kind-by-subject.ts'
import { OF_A_MAILBOX, OF_SETTINGS } from './organisation-words.ts'
import { OF_A_PERSON } from './other-words.ts'
import type { TableContext } from './table-context.ts'

/** Whether a column has what an organisation has in its own name: a mailbox, the number of its taxes, or a setting of its program. */
export function isOfAnOrganisation(
  { isOfPlaces, isOfPeople, isAboutPeople, words }: TableContext,
  { forms }: Column,
  { mask, name, isWithin }: PersonalKind,
  isOfNobody: boolean,
): boolean {
  if (OF_MAILBOXES.has(mask) && forms.some((form) => OF_A_MAILBOX.test(form))) return true
  if (isWithin === true && !isAboutPeople && OF_SETTINGS.test(words)) return true
  const isPlace = isOfPlaces && !isOfPeople && isOfNobody
  return isPlace && name === 'identity number' && !forms.some((form) => OF_A_PERSON.test(form))
}

/** Masks of what a mailbox and the way to it look like. */
const OF_MAILBOXES = new Set(['email', 'name', 'street'])
