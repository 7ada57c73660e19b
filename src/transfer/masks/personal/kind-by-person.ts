import { columnType } from '../column-type.ts'
import type { PersonalKind } from './kind.ts'
import type { Column } from './kind-by-subject.ts'
import { isNeutral } from './neutral-words.ts'
import { ATTRIBUTES, kindNamed } from './personal-kinds.ts'
import { isForPeople } from './roles.ts'
import { isOther, type TableContext } from './table-context.ts'

/**
 * Whether the rows of a table are people: it extends a table of people, or is called so, or has what people are born with, and a few more
 * columns are about them.
 */
export function isAPerson(
  context: TableContext,
  others: readonly PersonalKind[],
  isExtension: boolean,
): boolean {
  const has = (kind: string) => others.some(({ name }) => name === kind)
  const isNamed = others.some(({ mask }) => mask.endsWith('name'))
  const isBorn =
    (has('date of birth') && isNamed && others.length >= 4) ||
    (has('first name') && has('last name') && others.length >= 5 && !OF_TRADE.test(context.words))
  const own = new Set(others.flatMap(({ name }) => (OF_PEOPLE.has(name) ? [name] : [])))
  const isFile = !context.isOfMessages && isNamed && own.size >= 2 && others.length >= FEWEST_OF_A_FILE
  return !isOther(context) && (isExtension || (context.isOfPeople && others.length >= 2) || isBorn || isFile)
}

/** Columns of what is kept about a person, of which some only people have. */
const FEWEST_OF_A_FILE = 6
const OF_PEOPLE = new Set([
  'first name',
  'last name',
  'date of birth',
  'health, origin or belief',
  'identity number',
  'password or secret',
  'picture or signature',
  'income',
])

/** What people do, with their names. */
const OF_TRADE =
  /(^| )(orders?|bookings?|reservations?|invoices?|payments?|shipments?|deliver(y|ies)|carts?|checkouts?|quotes?|policies|contracts?|claims?|tickets?|leases?|loans?|transactions?|transfers?|commandes?|factures?|devis|contrats?|pedidos?|facturas?|contratos?|reservas?|bestellungen?|auftrage?|rechnung(en)?|vertrage?|buchungen?|ordini|fatture|contratti|encomendas?|faturas?|bestelling(en)?|facturen|contracten)$/

/** Whether a row only lets someone in: what else it says is how it is shown to them. */
export function isAnAccount(all: readonly (PersonalKind | undefined)[]): boolean {
  const others = all.filter((kind) => kind !== undefined)
  return (
    others.some(({ name }) => name === 'password or secret') &&
    !others.some(
      ({ name, mask }) => (name !== 'password or secret' && OF_PEOPLE.has(name)) || mask === 'street',
    )
  )
}

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
  if (isCode(baseType)) return undefined
  if (isPerson && family === 'text' && forms.some(isOwnNumber)) return NUMBER
  return isNeutral(forms) ? undefined : family === 'json' ? ATTRIBUTES : TRAIT
}

/** `rcvs_no`: a number under which someone keeps the person, unless its name says what else it is the number of. */
function isOwnNumber(form: string): boolean {
  const [, before] = /^([a-z]+) (no|nr|num|numero|number|nummer|id)$/.exec(form) ?? []
  return before !== undefined && !isNeutral([before]) && !isForPeople(before) && !OF_PAPERS.test(before)
}

/** What has numbers of its own. */
const OF_PAPERS =
  /^(acc(oun)?t|konto|kto|case|contract|vertrag|policy|police|poliza|conf|confirmation|invoice|rechnung|rech|auftrag|auftr|bestell|beleg|order|booking|external|internal|parent|group|lead|record|row|entry|file|doc|document|box|legacy|old|new|remote|public|global|local|tracking|trace|request|session|process|kartei|card|loyalty|registration|auth|oauth|stripe|sf|salesforce|hubspot|crm|erp|sap|partner|debitor|kreditor|adress|address|adresse)$/

/** A text of three characters is a code. */
export function isCode(baseType: string): boolean {
  const { limit } = columnType(baseType.replaceAll('[]', ''))
  return limit !== undefined && limit <= 3
}

const NUMBER = kindNamed('identity number')
const TRAIT = kindNamed('description of a person')
const PLACE = kindNamed('place')
