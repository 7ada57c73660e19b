import type { Holds, ProseOf } from './judge.ts'
import type { Column } from './kind-by-subject.ts'
import { OF_WHAT_IS_SENT } from './needs.ts'
import type { Context } from './of-a-business.ts'
import { OF_A_BUSINESS } from './other-words.ts'

/** What the values of a column would be, if they look like names to sign in with, like mailboxes, or name someone. */
export function holdsOf(context: Context, column: Column, prose: ProseOf | undefined): Holds {
  const { family, forms } = column
  const isOther =
    context.isOfPlaces ||
    context.isOfBusinesses ||
    context.isOfMachines ||
    context.isOfAnimals ||
    context.isOfGoods
  return {
    logins: family === 'text' && context.isOfPeople && OF_USERS.test(context.words),
    mailboxes: context.isOfPlaces || context.isOfBusinesses,
    namesWithin:
      family === 'text' &&
      !isOther &&
      !(context.isOfThings && !OF_WHAT_IS_SENT.test(context.words) && isTitle(column)) &&
      prose !== undefined &&
      prose !== 'things' &&
      !forms.some((form) => OF_A_BUSINESS.test(form) || CALLED_LIKE_PEOPLE.test(form)),
  }
}

/** Books and films have names of people in their titles; of attachments, these are the names of files. */
export function isTitle({ forms }: Column): boolean {
  return forms.some((form) => TITLE.test(form))
}

const TITLE = /(^| )(title|titel|titre|titulo|titolo)$/

/** Tables of those who sign in. */
const OF_USERS =
  /(^| )(users?|usr|user ?profiles?|accounts?|operators?|log ?ins?|staff|employees?|benutzer|bediener|mitarbeiter|usuarios?|utilisateurs?|utent[ei]|gebruikers?|utilizador(es)?|medewerkers?|personal)$/

/** What is called as people are: firms, streets, schools, brands. */
const CALLED_LIKE_PEOPLE =
  /(^| )(firma|firm|employer|arbeitgeber|employeur|empresa|azienda|werkgever|marke|marque|marca|merk|maker|fabricante|fabricant|hersteller|street|strasse|rue|calle|via|rua|straat|city|ort|ville|ciudad|citta|cidade|plaats|model|modell|modele|modelo|modello)$/
