import type { PersonalKind } from './kind.ts'
import { type Column, kindNamed } from './kind-by-subject.ts'
import { isNeutral } from './neutral-words.ts'
import { columnType } from '../column-type.ts'

/** What is known of the rows of a table: whether each is a person, is about one, or is where one was. */
export interface Row {
  readonly isPerson: boolean
  readonly isAboutPerson: boolean
  readonly isMovement: boolean
}

/** What describes a person is personal, whatever it is called, unless its name says how the row is kept. */
export function byPerson(
  { isPerson, isAboutPerson, isMovement }: Row,
  { family, baseType, forms }: Column,
): PersonalKind | undefined {
  if (family === 'place') return isMovement ? PLACE : undefined
  const isDescription = family === 'text' || family === 'own'
  if (!(isDescription && isPerson) && !(family === 'json' && isAboutPerson)) return undefined
  return isCode(baseType) || isNeutral(forms) ? undefined : TRAIT
}

/** A text of three characters is a code. */
function isCode(baseType: string): boolean {
  const { limit } = columnType(baseType.replaceAll('[]', ''))
  return limit !== undefined && limit <= 3
}

const TRAIT = kindNamed('description of a person')
const PLACE = kindNamed('place')
