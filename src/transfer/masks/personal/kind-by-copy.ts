import type { PersonalKind } from './kind.ts'
import type { Column } from './kind-by-subject.ts'
import { ATTRIBUTES, kindNamed, PERSONAL_KINDS } from './personal-kinds.ts'
import type { TableContext } from './table-context.ts'

/** `old_values`, `payload`: what tables of audits, queues and webhooks hold is a copy of rows of others, and so of people. */
export function byCopy(
  { isOfCopies }: TableContext,
  { family, baseType, forms }: Column,
): PersonalKind | undefined {
  const isLong = family === 'json' || family === 'bytes' || baseType === 'text'
  const isCopy =
    isOfCopies && forms.some((form) => COPY.test(form) || (family === 'json' && COPY_IN_JSON.test(form)))
  return isLong && (isCopy || forms.some((form) => form.startsWith('raw '))) ? COPIED : undefined
}

/** Where a message goes to and comes from, in a table of messages: `to`, `dest`. */
export function byMail(
  { isOfMails, isOfTexts }: TableContext,
  { family, forms }: Column,
): PersonalKind | undefined {
  if (family !== 'text' || !(isOfMails || isOfTexts) || !forms.some((form) => END.test(form)))
    return undefined
  return isOfTexts ? PHONE : EMAIL
}

/** `fact_value` beside `fact_key`, in a table about people: any attribute of theirs. */
export function byFact(
  { isOfThings, isOfPlaces, namesPeople, isOfPeople, isAboutPeople, isOfCopies, words }: TableContext,
  { family, forms }: Column,
  all: readonly Column[],
): PersonalKind | undefined {
  const isOfSomeone = isOfPeople || isAboutPeople || namesPeople
  if ((family !== 'text' && family !== 'json') || !isOfSomeone || isOfPlaces || isOfCopies) return undefined
  if (isOfThings && !ATTRIBUTESS.test(words)) return undefined
  const beside = all.flatMap((each) => each.forms)
  const isValue = forms.some((form) => {
    const [, before] = VALUE.exec(form) ?? []
    return (
      before !== undefined && beside.some((each) => NAMES_A_ATTRIBUTES.test(each) && each.startsWith(before))
    )
  })
  return isValue && ATTRIBUTESS.test(words) ? ATTRIBUTES : undefined
}

const VALUE = /^(|[a-z]+ )(values?|val|wert|valor|valore|valeur|waarde)$/
const NAMES_A_ATTRIBUTES =
  /^([a-z]+ )?(key|name|attribute|attr|field|type|code|property|schlussel|merkmal|clave|campo|atributo|cle|champ|chiave|sleutel|kenmerk)$/
const ATTRIBUTESS =
  /(^| )(facts?|attributes?|attrs?|details|properties|traits?|characteristics|merkmale?|eigenschaften|atributos?|attributi|attributs?|kenmerken|eav|meta|extras?)( |$)/

/** Where most texts have a type of their own, the type `text` is for what people write. */
export function byLength(
  { isOfMessages }: TableContext,
  { baseType, forms }: Column,
): PersonalKind | undefined {
  const matches = (pattern: RegExp) => forms.some((form) => pattern.test(form))
  if (baseType !== 'text' || matches(WRITTEN_BY_PROGRAMS)) return undefined
  return isOfMessages || !matches(OF_ITSELF) ? PROSE : undefined
}

const COPIED = kindNamed('text with personal data')
const EMAIL = kindNamed('e-mail address')
const PHONE = kindNamed('telephone number')
const PROSE = PERSONAL_KINDS.find(({ isProse }) => isProse === true)

const COPY =
  /^handler$|^((raw|event|job|task|serialized|request|response|message) )?(payload|body|data|arguments|args|kwargs|params|parameters|headers)$|^raw( (event|report|response|request|message|content))?$|^(snapshot|diff|delta|changes|changeset|changed( (fields|data|values))?|object changes|extracted (fields|data))$|^(old|new|before|after|prev|previous|current|original)( (row|values?|data|state|record|json|content|version))?$|^(row|values?|data|state|record) (old|new|before|after)$|^(alte[rs]?|neue[rs]?) (werte?|daten|stand|inhalt|zustand)$|^(daten|inhalt|nutzdaten|nutzlast|rohdaten|anfrage|antwort)$|^(anciennes?|nouvelles?|ancien|nouveau)( (valeurs?|donnees|etat))?$|^(valeurs?|donnees|etat) (avant|apres|anciennes?|nouvelles?)$|^(donnees|avant|apres|avant apres|before after|vorher nachher|antes despues|flux( brut)?|corps)$|^(valor(es)?|datos|estado) (anterior(es)?|nuev[oa]s?|antes|despues|previos?)$|^(datos|cuerpo|antes|despues)$|^(contenu|contenido|contenuto|conteudo|inhalt|inhoud|content)( [a-z]+)?$/

/** Texts of these names are as often the name of something. */
const COPY_IN_JSON = /^(message|content|properties|context|attributes|record|document|entity|object)$/

const END =
  /^(to|from|cc|bcc|sender|recipients?|addressees?|(to|from|rcpt|mail|sent)( (to|from|addr|address|number|no|email))?|dest|destinations?|dst|an|von|a|de|para|copia|cco?|empf|absender|expediteur|destinataires?|destinatari[oa]s?|destino|remitente|aan|van)$/

/** What describes the row itself. */
export const OF_ITSELF =
  /^((short|long|full) )?(desc|description|beschreibung|descriptif|descripcion|descrizione|descricao|omschrijving|bezeichnung|libelle|about)$/

/** What programs write, or people who configure them. */
const WRITTEN_BY_PROGRAMS =
  /(^| )(tz|intent|urls?|uris?|links?|paths?|files?|file ?names?|scopes?|abilities|permissions?|roles?|settings|configs?|configuration|options?|params?|user agents?|browser|traces?|stack ?trace|back ?trace|exceptions?|errors?|output|stdout|stderr|sql|query|queries|templates?|formula|expression|script|code|slug|keys?|hash|checksum|digest|ids?|uuids?|tags?|keywords?|types?|status|states?|kind|category|currency|country|language|locale|timezone|format|mime|version|scope|events?|features|rules?|fields?|columns?|headings?|definitions?|parameters|amounts?|prices?|sums?|numbers?|counts?|deadlines?|dates?|times?|timestamps?|schedule|release|change ?log|disclaimer|imprint|schema|icon|colou?r|css|html template|endpoint|topic|queue|method|provider|platform|channel|model|name|title|label|headers?)( |$)/
