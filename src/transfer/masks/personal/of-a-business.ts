import type { PersonalKind } from './kind.ts'
import type { Column } from './kind-by-subject.ts'
import { OF_A_MAILBOX, OF_SETTINGS } from './organisation-words.ts'
import { OF_A_PERSON } from './other-words.ts'
import { OWN_NAME } from './own-names.ts'
import { isRole } from './roles.ts'
import { isOfAPlace, type TableContext } from './table-context.ts'

/** What a table is about, and whether its values are names of businesses. */
export interface Context extends TableContext {
  readonly isOfBusinesses: boolean
}

/**
 * Whether a column of a kind is that of a business, a thing or a machine: the one place where the table and the words of the column are weighed
 * against its kind.
 */
export function isOfABusiness(
  context: Context,
  column: Column,
  { mask, name, needs, isWithin }: PersonalKind,
  others: readonly PersonalKind[],
): boolean {
  const { isOfPlaces, isOfThings, isOfCompanies, isOfGoods, isAboutPeople, isOfPeople } = context
  const says = (pattern: RegExp) => column.forms.some((form) => pattern.test(form))
  if (MEANINGS.some(([kinds, pattern]) => kinds.has(name) && says(pattern))) return true
  if (isWithin === true && !isAboutPeople && OF_SETTINGS.test(context.words)) return true
  if (isWithin === true && isOfPlaces && says(STREET)) return true
  if (context.isOfLedgers && mask === 'name' && says(ACCOUNT)) return true
  if (name === 'identifier of a device' && context.isOfHealth && !isOfPeople) return true
  if (name === 'income' && !context.isOfPay) {
    if (isOfThings || isOfCompanies || (isOfPlaces && !isAboutPeople)) return true
    if (!isOfPeople && says(OF_LABOUR)) return true
  }
  if (name === 'health, origin or belief') {
    if ((isOfPlaces || isOfThings) && !isAboutPeople && !others.some(isOfAnyone)) return true
    if (isOfThings && needs === 'about people') return column.family !== 'boolean' || !isAboutPeople
  }
  if (isOfCompanies && says(OF_COMPANY_ITSELF)) return true
  if (column.isOfSomeone === true) return false
  if (isOfGoods && OF_CUSTOMERS.has(name)) return true
  const isOfNobody = !others.some((other) => OF_A_PERSON_ALONE.has(other.name))
  if (
    isOfNobody &&
    (isOfPlaces || isOfGoods) &&
    !isAboutPeople &&
    OF_ROOMS.has(name) &&
    !context.isOfMovements
  )
    return true
  if (context.isAboutAnimals && OF_ANYONE_ALIVE.has(name)) return true
  if (context.isOfAnimals) return OF_A_PERSON_ALONE.has(name) || OF_ANIMALS.has(name)
  if (context.isOfMachines) return OF_MACHINES.has(name)
  const isPlace = mask === 'street' || mask === 'city'
  const isReached = mask === 'phone' || mask === 'email'
  if ((isPlace || isReached) && column.forms.some((form) => isOfAPlace(form) && form !== 'location'))
    return true
  if (!isOfNobody) return false
  const isNamedAsMail = [...column.named].some((kind) => kind.mask === 'email')
  if (isOfThings && isReached && !isNamedAsMail && !others.some((other) => other.mask.endsWith('name')))
    return true
  if (!isOfPlaces) return false
  if (name === 'identity number') return !isOfPeople
  return isPlace || ((isReached || mask === 'iban') && !isAboutPeople)
}

/** Whether a column has a word for a person, or stands behind the name of one whom the row belongs to. */
export function isOfSomeone(
  { forms, named }: Column,
  before: Column | undefined,
  kind: PersonalKind | undefined,
): boolean {
  const isBehind =
    kind?.mask === 'name' &&
    ![...named].some(({ mask }) => mask === 'street' || mask === 'city') &&
    before?.forms.every((form) => !isOfAPlace(form) && !OWN_NAME.test(form)) === true
  return (
    isBehind ||
    forms.some((form) => OF_A_PERSON.test(form) || OF_ONE.test(form) || form.split(' ').some(isRole))
  )
}

/** Who answers, and a telephone that someone carries. */
const OF_ONE =
  /(^| )(ansprech[a-z]*|resp|responsable|mobil[a-z]*|portable|movil|cell[a-z]*|celular|tlm|telemovel|handy[a-z]*|gsm|direct|direkt|ligne directe)( |$)/

/** Kinds of what goods have for those who are to buy them. */
const OF_CUSTOMERS = new Set([
  'health, origin or belief',
  'description of a person',
  'employer',
  'picture or signature',
])

/** Kinds of what animals have, too: what is said of one in any table, and what only its own row has. */
const OF_ANYONE_ALIVE = new Set(['date of birth', 'health, origin or belief', 'description of a person'])
const OF_ANIMALS = new Set(['picture or signature', 'identity number'])

/** Kinds of what machines have, too. */
const OF_MACHINES = new Set([
  'IP address',
  'street or address',
  'identifier of a device',
  'free text about a person',
  'postcode',
  'city',
  'place',
])

/** Kinds of what rooms, branches and goods have, too. */
const OF_ROOMS = new Set([
  'free text about a person',
  'vehicle of a person',
  'place',
  'IP address',
  'identifier of a device',
])

/** Kinds of what things, places and animals have, too: a row that has nothing else is as often one of them. */
const OF_ANYTHING = new Set([
  'health, origin or belief',
  'picture or signature',
  'street or address',
  'postcode',
  'city',
  'place',
  'free text about a person',
  'text with personal data',
  'description of a person',
  'income',
  'employer',
  'vehicle of a person',
])

/** Whether only people and companies have what is of a kind. */
export function isOfAnyone({ name }: PersonalKind): boolean {
  return !OF_ANYTHING.has(name)
}

/** An account of bookkeeping. */
const ACCOUNT = /^(account|acct|acc|konto|kto|gegen ?k(on)?to|compte|cuenta|conto|conta|rekening)$/

/** What work costs those who pay for it. */
const OF_LABOUR =
  /^((lab(o|ou)r|work|mechanic|repair) )?(lohn|wages?|hourly( (rate|wage))?|taux horaire|tarifa hora|stunden ?satz|uur ?tarief|tariffa oraria|pay rate|hourly ?rate|mano obra|main oeuvre|manodopera|mao obra)$/

/** Where a thing is, unless another word says whose place that is. */
const STREET =
  /^(address|street|strasse|adresse|anschrift|rue|direccion|calle|domicilio|indirizzo|via|endereco|rua|morada|adres|straat)$/

/** Measured of pictures and machines. */
const TECHNICAL = / (px|pixels?|dpi|ppi|ms|hz|khz|mhz|fps|kv|kvp|mas|ma|mb|kb|bytes)$/

/** Kinds that only a person has. */
export const OF_A_PERSON_ALONE = new Set([
  'first name',
  'last name',
  'date of birth',
  'health, origin or belief',
])

/** Machines whose addresses are not those of people, unless it is those of who has called them. */
const OF_A_MACHINE =
  /^(?!(.* )?(last|remote|client|login|log ?in|visitor|viewer|forwarded)( |$)).*(?<![^ ])(srv|srvr|srv ?ip|tv|television|heating|heizung|thermostat|serrure|lock|schloss|equipo|appliance|modem|access point|kiosk|till|kasse|scanner|beamer|projector|alarm|meter|server|serveurs?|servidor|servers?|node|noeud|nodo|knoten|host(name)?|gateway|proxy|router|switch|mgmt|management|bmc|ipmi|nat|iot|sensor|camera|printer|drucker|spool|dns|ntp|smtp|relay|cluster|peer|vpn|bind|listen|origin|backend|upstream|machine|terminal|atm|pos)( |$)/

/** Mails have ids that look like addresses. */
const OF_A_MAIL =
  /^(message|mail|thread|in reply to) ids?$|^references$|^(identifiant|identificador|identificativo|kennung|id) (message|mensaje|messaggio|mensagem|nachricht|bericht|mail|courriel|correo)$/

/** What a company has in its own name, although a person could have it as well. */
const OF_COMPANY_ITSELF =
  /^(bill|ship|invoice|sold)( to)? (street|city|town|zip|postcode|postal code|address)( [0-9])?$/

/** Words that mean something else than a kind: machines, pixels, the ids of mails, and mailboxes of an organisation. */
const MEANINGS: readonly (readonly [ReadonlySet<string>, RegExp])[] = [
  [new Set(['IP address', 'identifier of a device']), OF_A_MACHINE],
  [new Set(['health, origin or belief']), TECHNICAL],
  [new Set(['free text about a person', 'document about a person', 'text with personal data']), OF_A_MAIL],
  [new Set(['e-mail address', 'name of a person', 'street or address']), OF_A_MAILBOX],
]
