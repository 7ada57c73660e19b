import type { MaskLocale } from '../../../core/mask.ts'
import { DE } from './de.ts'
import { EN } from './en.ts'
import { ES } from './es.ts'
import { FR } from './fr.ts'

/** The words that masks choose from. None of them belongs to a person: they are common in their country. */
export interface WordLists {
  readonly firstNames: readonly string[]
  readonly lastNames: readonly string[]
  readonly cities: readonly string[]
  /** Names of streets, and how a number is added: `1` stands for it. */
  readonly streets: readonly string[]
  readonly address: { readonly before: string; readonly after: string }
  readonly companies: readonly string[]
  readonly legalForms: readonly string[]
}

const LISTS: Readonly<Record<MaskLocale, WordLists>> = { en: EN, de: DE, fr: FR, es: ES }

/** The lists of a language. For a database that may lack other characters, all of it is written in ASCII. */
export function wordListsFor(locale: MaskLocale, isAscii: boolean): WordLists {
  const lists = LISTS[locale]
  if (!isAscii) return lists
  const plain = (words: readonly string[]) => [...new Set(words.map(toAscii))]
  return {
    firstNames: plain(lists.firstNames),
    lastNames: plain(lists.lastNames),
    cities: plain(lists.cities),
    streets: plain(lists.streets),
    address: lists.address,
    companies: plain(lists.companies),
    legalForms: plain(lists.legalForms),
  }
}

function toAscii(word: string): string {
  return word
    .replaceAll('ß', 'ss')
    .normalize('NFD')
    .replaceAll(/[^\p{ASCII}]/gu, '')
}
