import type { MaskLocale } from '../../../core/mask.ts'
import { DE } from './de.ts'
import { EN } from './en.ts'
import { ES } from './es.ts'
import { FR } from './fr.ts'
import type { WordLists } from './lists.ts'

const LISTS: Readonly<Record<MaskLocale, WordLists>> = { en: EN, de: DE, fr: FR, es: ES }

/** The word lists of a language. Everything is written in ASCII, because a database may lack other characters. */
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
