import { columnType } from '../column-type.ts'
import type { PersonalKind } from './kind.ts'
import type { Column } from './kind-by-subject.ts'
import { isOfAnOrganisation } from './of-an-organisation.ts'
import { isOfAPlace, type TableContext } from './table-context.ts'

/** What a table is about, and whether its values are names of businesses. */
export interface Context extends TableContext {
  readonly isOfBusinesses: boolean
}

/** Whether a column of a kind is that of a business or a machine: its address is not personal. */
export function isOfABusiness(
  context: Context,
  column: Column,
  kind: PersonalKind,
  others: readonly PersonalKind[],
): boolean {
  const { mask, name, needs, isWithin } = kind
  if (isOfAnOrganisation(context, column, kind, !others.some((each) => OF_A_PERSON_ALONE.has(each.name))))
    return true
  if (context.isOfLedgers && mask === 'name' && column.forms.some((form) => ACCOUNT.test(form))) return true
  if (
    (mask === 'ip' || name === 'identifier of a device') &&
    column.forms.some((form) => OF_A_MACHINE.test(form) && !OF_WHO_CALLS.test(form))
  )
    return true
  if (
    name === 'income' &&
    !context.isOfPay &&
    (context.isOfThings || context.isOfCompanies || (context.isOfPlaces && !context.isAboutPeople))
  )
    return true
  if (
    name === 'income' &&
    !context.isOfPay &&
    !context.isOfPeople &&
    column.forms.some((form) => OF_LABOUR.test(form))
  )
    return true
  if (name === 'vehicle of a person' && column.forms.some((form) => AIRCRAFT.test(form))) return true
  if (name === 'identifier of a device' && context.isOfHealth && !context.isOfPeople) return true
  if (
    name === 'health, origin or belief' &&
    (context.isOfMessages || context.isOfMails) &&
    column.forms.some((form) => SIZE.test(form))
  )
    return true
  if (name === 'health, origin or belief' && column.forms.some((form) => TECHNICAL.test(form))) return true
  if (
    name === 'health, origin or belief' &&
    (context.isOfPlaces || context.isOfThings) &&
    !context.isAboutPeople
  )
    if (!others.some(isOfAnyone)) return true
  if (isAFingerprint(column, name)) return true
  if (name.endsWith('about a person') && column.forms.some((form) => OF_A_MAIL.test(form))) return true
  if (name === 'health, origin or belief' && context.isOfThings && needs === 'about people')
    return column.family !== 'boolean' || !context.isAboutPeople
  if (isWithin === true && column.forms.some((form) => OF_A_MAIL.test(form))) return true
  if (isWithin === true && context.isOfPlaces && column.forms.some((form) => STREET.test(form))) return true
  if (context.isOfCompanies && column.forms.some((form) => OF_COMPANY_ITSELF.test(form))) return true
  if (column.isOfSomeone === true) return false
  if (context.isOfGoods && OF_CUSTOMERS.has(name)) return true
  const isOfNobody = !others.some(({ name }) => OF_A_PERSON_ALONE.has(name))
  const isOfAnything = (context.isOfPlaces || context.isOfGoods) && isOfNobody && !context.isAboutPeople
  if (isOfAnything && OF_ROOMS.has(name) && !context.isOfMovements) return true
  if (context.isAboutAnimals && OF_ANYONE_ALIVE.has(name)) return true
  if (context.isOfAnimals) return OF_A_PERSON_ALONE.has(name) || OF_ANIMALS.has(name)
  if (context.isOfMachines) return OF_MACHINES.has(name)
  const isPlace = mask === 'street' || mask === 'city'
  const isContact = isPlace || mask === 'phone' || mask === 'email'
  if (isContact && column.forms.some((form) => isOfAPlace(form) && form !== 'location')) return true
  const namesNobody = isOfNobody && !others.some((each) => each.mask.endsWith('name'))
  if (context.isOfThings && namesNobody && (mask === 'email' || mask === 'phone')) return true
  return (
    context.isOfPlaces &&
    isOfNobody &&
    (isPlace || ((isContact || mask === 'iban') && !context.isAboutPeople))
  )
}

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

const AIRCRAFT =
  /(^| )(avion|aircraft|airplane|plane|appareil|flugzeug|aeronave|aereo|aviao|vliegtuig|aeroplane|helicopter|ship|vessel|navire|buque|schiff|nave)( |$)/

/** Where a thing is, unless another word says whose place that is. */
const STREET =
  /^(address|street|strasse|adresse|anschrift|rue|direccion|calle|domicilio|indirizzo|via|endereco|rua|morada|adres|straat)$/

/** Measured of pictures and machines. */
const TECHNICAL = / (px|pixels?|dpi|ppi|ms|hz|khz|mhz|fps|kv|kvp|mas|ma|mb|kb|bytes)$/

/** How large a mail is. */
const SIZE =
  /^(taille|size|grosse|tamano|dimensione|tamanho|grootte|peso|poids|weight|gewicht|length|lengte)$/

/** A digest of data, of as many characters as one has. */
function isAFingerprint({ baseType, forms }: Column, name: string): boolean {
  return (
    name === 'picture or signature' &&
    DIGESTS.has(columnType(baseType).limit ?? 0) &&
    forms.some((form) => /^(fingerprint|huella|empreinte|impronta|impressao|vinger ?afdruk)$/.test(form))
  )
}

const DIGESTS = new Set([32, 40, 56, 64, 96, 128])

/** Kinds that only a person has. */
export const OF_A_PERSON_ALONE = new Set([
  'first name',
  'last name',
  'date of birth',
  'health, origin or belief',
])

/** Machines whose addresses are not those of people. */
const OF_A_MACHINE =
  /(^| )(srv|srvr|srv ?ip|tv|television|heating|heizung|thermostat|serrure|lock|schloss|equipo|appliance|modem|access point|kiosk|till|kasse|scanner|beamer|projector|alarm|meter|server|serveurs?|servidor|servers?|node|noeud|nodo|knoten|host(name)?|gateway|proxy|router|switch|mgmt|management|bmc|ipmi|nat|iot|sensor|camera|printer|drucker|spool|dns|ntp|smtp|relay|cluster|peer|vpn|bind|listen|origin|backend|upstream|machine|terminal|atm|pos)( |$)/

/** Addresses of those who have called a thing. */
const OF_WHO_CALLS = /(^| )(last|remote|client|login|log ?in|visitor|viewer|forwarded)( |$)/

/** Mails have ids that look like addresses. */
const OF_A_MAIL =
  /^(message|mail|thread|in reply to) ids?$|^references$|^(identifiant|identificador|identificativo|kennung|id) (message|mensaje|messaggio|mensagem|nachricht|bericht|mail|courriel|correo)$/

/** What a company has in its own name, although a person could have it as well. */
const OF_COMPANY_ITSELF =
  /^(bill|ship|invoice|sold)( to)? (street|city|town|zip|postcode|postal code|address)( [0-9])?$/
