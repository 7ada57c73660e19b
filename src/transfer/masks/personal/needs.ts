import type { Need, PersonalKind } from './kind.ts'
import type { Column } from './kind-by-subject.ts'
import { isOfAnyone, OF_A_PERSON_ALONE } from './of-a-business.ts'
import { OF_A_PERSON } from './other-words.ts'
import { kindNamed } from './personal-kinds.ts'
import { isOfAPlace, isOther, type TableContext } from './table-context.ts'

/** An IP address counts as much as two other columns: the row is about what someone did. */
export function needsOf(
  context: TableContext,
  column: Column,
  others: readonly PersonalKind[],
  all: readonly Column[],
): Readonly<Record<Need, boolean>> {
  const isPersonsOwn = column.forms.some((form) => OF_A_PERSON.test(form))
  const isSurelyPerson =
    !context.isOfAnimals && !context.isOfGoods && showsAPerson(others, context.namesPeople)
  const isOfOthers = isOther(context)
  const isLikelyPerson =
    context.isOfPeople ||
    showsSome(others) ||
    (context.namesPeople && others.length >= 2) ||
    hasReachableName(column, all)
  const people = isSurelyPerson || (isLikelyPerson && !isOfOthers)
  const showsPeople = showsSome(others) || others.some(({ mask }) => mask === 'ip')
  const aboutPeople =
    people ||
    isPersonsOwn ||
    context.isAboutPeople ||
    context.isOfPeople ||
    (showsPeople && !context.isOfPlaces)
  return {
    'a person':
      isSurelyPerson ||
      (context.isOfPeople && OF_A_PROFILE.test(context.words)) ||
      (context.isOfPeople && !isOfOthers && all.some((each) => hasReachableName(each, all))),
    people,
    'about people': aboutPeople,
    'an address':
      people ||
      isPersonsOwn ||
      context.isOfPeople ||
      (others.some(({ mask }) => mask === 'street' || mask === 'ip') &&
        !context.isOfPlaces &&
        !context.isOfMachines),
    movements:
      others.some(({ mask }) => mask === 'ip') ||
      people ||
      isPersonsOwn ||
      context.isOfMovements ||
      (aboutPeople && (!isOfOthers || OF_WHAT_IS_SENT.test(context.words))),
    messages: aboutPeople && context.isOfMessages,
    writing: aboutPeople && (!context.isOfThings || OF_WORK.test(context.words)),
    credentials: context.isOfCredentials,
  }
}

/** Whether columns show that a row is a person: by what only a person has, if it is not a gender or an age alone in a table that names no people. */
function showsAPerson(kinds: readonly PersonalKind[], isNamed: boolean): boolean {
  const own = kinds.filter(({ name }) => OF_A_PERSON_ALONE.has(name))
  return own.some(isOfAnyone) || (own.length > 0 && (isNamed || kinds.some(isOfAnyone))) || own.length >= 3
}

function showsSome(kinds: readonly PersonalKind[]): boolean {
  return kinds.length >= 2 && kinds.some(isOfAnyone)
}

/** What users say of themselves. */
const OF_A_PROFILE = /[a-z] (profiles?|perfil|perfis|perfiles|profil[oi]?|profiel(en)?)$/

/** What people send, together with where they are. */
export const OF_WHAT_IS_SENT =
  /(^| )(attachments?|uploads?|media|photos?|pictures?|anhange?|pieces? jointes?|adjuntos?|allegati|anexos?|bijlagen?)$/

/** Things whose text is what their people write to each other. */
const OF_WORK = /(^| )(tasks?|projects?|documents?|deals?|opportunit(y|ies)|events?)$/

function hasReachableName({ forms }: Column, all: readonly Column[]): boolean {
  return (
    forms.some((form) => WHOLE_NAME.test(form)) &&
    all.some((other) => REACH.some((word) => other.forms.includes(word)))
  )
}

const WHOLE_NAME =
  /^((full|display|complete|real) )?name$|^(nom|nombre|nome) complet[oa]?$|^(vollstandiger|voller|ganzer) name$/
const REACH =
  'mel|mail|email|e mail|courriel|correo|tel|telephone|phone|phone number|mobile|telefono|movil|portable|cellulare'.split(
    '|',
  )

/** `support name` is a person's name if the table also has a `support email`, and `nom drh` if it has a `mel drh`. */
export function byReach({ family, forms }: Column, all: readonly Column[]): PersonalKind | undefined {
  if (family !== 'text') return undefined
  const reaches = (words: string) => all.some((other) => other.forms.includes(words))
  const isReachable = forms.some((form) => {
    const before = / (name|first|last)$/.test(form) ? form.replace(/ \w+$/, '') : ''
    const after = /^(nom|nome|nombre) /.test(form) ? form.replace(/^\w+ /, '') : ''
    return (
      (before !== '' &&
        !isOfAPlace(`${before} name`) &&
        REACH.some((word) => reaches(`${before} ${word}`))) ||
      (after !== '' && !isOfAPlace(`${after} name`) && REACH.some((word) => reaches(`${word} ${after}`)))
    )
  })
  return isReachable ? NAME : undefined
}

const NAME = kindNamed('name of a person')
