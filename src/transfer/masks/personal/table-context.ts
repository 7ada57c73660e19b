import { affixesOf, formsOf, splitWordsOf, wordsOf } from './name-words.ts'
import { OF_TENANTS, ORGANISATIONS, TEXT_BLOCKS } from './organisation-words.ts'
import { OF_A_BUSINESS } from './other-words.ts'
import { endsWithPeople, hasPeople, isForPeople } from './roles.ts'
import { spellOut, splitShort } from './short-words.ts'
import {
  ADDRESSED,
  ANIMALS,
  APPLICATIONS,
  CLINICAL,
  COPIES,
  CREDENTIALS,
  DEVICES,
  GOODS,
  HEALTH,
  LEDGERS,
  LISTS,
  MACHINES,
  MAILS,
  MESSAGES,
  MOVEMENTS,
  OF_A_COMPANY,
  OF_A_MOVE,
  OF_COMPANIES,
  OF_GOODS,
  PAY,
  PLACES,
  TEXTS,
  THINGS,
  TRADERS,
  whole,
} from './table-words.ts'

/** What the rows of a table are: people, something related to people, a business or a place, machines, or anything else. */
export interface TableContext {
  readonly isOfPeople: boolean
  readonly isAboutPeople: boolean
  /** By words for people in its name, or by columns that refer to them. */
  readonly namesPeople: boolean
  readonly isOfPlaces: boolean
  /** By columns that only a company has. */
  readonly isOfCompanies: boolean
  readonly isOfThings: boolean
  readonly isOfGoods: boolean
  readonly isOfMachines: boolean
  /** Devices, which are machines unless they are someone's. */
  readonly isOfDevices: boolean
  readonly isOfAnimals: boolean
  /** Whether they are animals, or say something of one: what was measured or found is then the animal's. */
  readonly isAboutAnimals: boolean
  readonly isOfClients: boolean
  readonly isOfMessages: boolean
  readonly isOfMovements: boolean
  readonly isOfCredentials: boolean
  /** Whether they hold copies of rows of other tables. */
  readonly isOfCopies: boolean
  /** Whether they are e-mails, or messages to telephones. */
  readonly isOfMails: boolean
  readonly isOfTexts: boolean
  readonly isOfLedgers: boolean
  readonly isOfPay: boolean
  readonly isOfHealth: boolean
  /** The words of its name. */
  readonly words: string
  readonly affixes: ReturnType<typeof affixesOf>
}

/** Finds out what a table is about, from its name and the names of its columns, of which some are known to refer to no people. */
export function tableContext(
  table: string,
  columns: readonly string[],
  referElsewhere: ReadonlySet<string> = new Set(),
): TableContext {
  const spelled = spellOut(splitWordsOf(table))
  const words = ownWords(table)
  const isOfFirms = FIRMS.test(words)
  const named = !isOfFirms && isNamedForPeople(table)
  const endsSo =
    !isOfFirms &&
    (endsWithPeople(words) || ACCOUNTS_ALONE.test(words) || ACCOUNTS.test(words) || COMPOUND.test(words))
  // A German table of children is no list of kinds.
  const isAList = (LISTS.test(words) || TEXT_BLOCKS.test(words)) && words !== 'kind'
  const isOfClients = APPLICATIONS.test(words)
  const refers = columns
    .filter((column) => !referElsewhere.has(column))
    .map(splitWordsOf)
    .some((column) => refersToPeople(column) && !OF_A_TREE.test(column))
  const affixes = affixesOf(columns, table)
  const hasTwo = (pattern: RegExp) =>
    columns.filter((column) => formsOf(column, affixes).some((form) => pattern.test(form))).length >= 2
  const isOfGoods = GOODS.test(words) || hasTwo(OF_GOODS)
  const isOfCompanies =
    ((hasTwo(OF_COMPANIES) || hasTwo(OF_TENANTS)) && (!endsSo || TRADERS.test(words))) ||
    (!named && columns.some((column) => OF_A_COMPANY.test(splitWordsOf(column))))
  const isATemplate =
    MAILS.test(words) && !refers && !columns.some((column) => ADDRESSED.test(splitWordsOf(column)))
  const isOfMessages = MESSAGES.test(words) && !isAList && !isATemplate
  return {
    isOfPeople: endsSo && !isAList && !isOfClients && !isOfCompanies,
    namesPeople: named || endsSo || refers,
    isAboutPeople: !isOfClients && !isAList && (named || endsSo || refers || isOfMessages),
    isOfPlaces: isCalled(PLACES, words) || ORGANISATIONS.test(words) || isOfFirms || isOfCompanies,
    isOfCompanies,
    isOfLedgers: LEDGERS.test(words),
    isOfThings: THINGS.test(words) || isAList || isOfClients || isOfGoods,
    isOfGoods,
    isOfMachines: MACHINES.test(words),
    isOfDevices: DEVICES.test(words),
    isOfClients,
    isOfAnimals: ANIMALS.test(words) || (!refers && !endsSo && columns.some(refersToAnimals)),
    isAboutAnimals: ANIMALS.test(words) || (!endsSo && columns.some(refersToAnimals)),
    isOfMessages,
    isOfCredentials: CREDENTIALS.test(words) && !isAList,
    isOfCopies: COPIES.test(spelled) && !isAList,
    isOfMails: MAILS.test(words) && !isAList && !isATemplate,
    isOfTexts: TEXTS.test(words) && !isAList,
    isOfPay: PAY.test(words),
    isOfHealth: (HEALTH.test(words) || hasTwo(CLINICAL)) && !isAList,
    isOfMovements: MOVEMENTS.test(words) && (!PLACES.test(words) || OF_A_MOVE.test(words)),
    words,
    affixes,
  }
}

/** Whether the rows of a table are anything but people. */
export function isOther(
  context: Pick<TableContext, 'isOfPlaces' | 'isOfThings' | 'isOfMachines' | 'isOfAnimals'>,
): boolean {
  return context.isOfPlaces || context.isOfThings || context.isOfMachines || context.isOfAnimals
}

/** Whether the name of a table has a word for people. */
export function isNamedForPeople(table: string): boolean {
  const words = ownWords(table)
  return hasPeople(words) || hasPeople(wordsOf(table)) || ACCOUNTS.test(words)
}

/** The words of the name of a table, without those that many have. */
function ownWords(table: string): string {
  return `${spellOut(splitWordsOf(splitShort(table)))} `
    .replace(
      / (history|histories|archive[ds]?|backup|bak|old|new|tmp|temp|data|infos?|information|details?|records?|versions?|master|names?|personal|stamm|stammdaten|[0-9]+) $/,
      '',
    )
    .trim()
}

/** Companies that are customers, where a language puts them first: `empresa_cliente`. */
const FIRMS =
  /^(empresas?|entreprises?|societes?|sociedad(es)?|sociedades?|aziende?|imprese?|impresa|organismes?) /

/** Whether a table has a name of a list, or one in the singular. */
function isCalled(pattern: RegExp, words: string): boolean {
  return pattern.test(words) || pattern.test(`${words}s`)
}

/** Whether what a column says is that of a place or an organisation, which comes first: `workshop phone`. */
export function isOfAPlace(form: string): boolean {
  return OF_A_BUSINESS.test(form) || (form.includes(' ') && isCalled(PLACES, form.replace(/ \S+$/, '')))
}

/** Words that show that an account or profile is a person's. */
const ACCOUNTS = whole(
  '((user|customer|client|member|staff|admin|social|guest|person|public|personal|employee|student|patient|seller|buyer|dating|player|author|my|benutzer|kunden|mitglieds|portal|portaal|klant|cliente|usuario|utilisateur|utente) ?)(accounts?|profiles?|konto|konten|profile?|accounts?|comptes?|cuentas?|perfil(es)?|profil[oi]|contas?|logins?)|(comptes?|cuentas?|profils?|perfiles|contas?|profili) (clients?|utilisateurs?|usuarios?|web|admin|clientes?|utenti?|membres?)',
)
const ACCOUNTS_ALONE = /^(accounts?|profiles?)$/

/** Compounds that end with a word for people. */
const COMPOUND =
  /(^| )[a-z]+(adressen?|anschrift(en)?|kunden|mitarbeiter|mitglieder|patienten|personen|kontakte|nehmer|nutzer|halter|inhaber|berechtigte[nr]?|angehorige[nr]?|klanten|leden|gebruikers?|bewoners?|houders?|nemers?|medewerkers?)$/

/** A name of a person, by a word for one: `nombre vecino`. */
export function namesAPerson(form: string): boolean {
  const [, before] = /^(?:nom|nombre|nome|name|naam|nm) (.+)$/.exec(form) ?? []
  const [, after] = /^(.+) (?:name|naam|nom|nombre|nome|nm)$/.exec(form) ?? []
  return (before !== undefined && isForPeople(before)) || (after !== undefined && endsWithPeople(after))
}

/** A column that refers to a person: `user_id`, `idcliente`, `author_nr`. */
function refersToPeople(column: string): boolean {
  const [, first] = /^(?:id|cod|fk|ref|codigo|i) (.+)$/.exec(column) ?? []
  const [, last] = /^(.+) (?:id|uid|uuid|guid|no|nr|number|ref|fk|key|code)$/.exec(column) ?? []
  const who = (last ?? first ?? (/^(from|to|for|about) /.test(column) ? column : '')).replace(
    /^(created|sent|written|posted|from|to|owner|assigned|about|by|for) /,
    '',
  )
  return (
    who !== '' &&
    (isForPeople(who) || CUT_SHORT.test(who) || (last !== undefined && /^(about|by|from|to)$/.test(who)))
  )
}

/** Whom old systems refer to: `pat_nr`. */
const CUT_SHORT = /^(pat|pac|paz|cust|kd|kdn|usr|mbr|mitgl|ma|pers|stud|cli|alu)$/

function refersToAnimals(column: string): boolean {
  const words = splitWordsOf(column)
  return KEY.test(words) && ANIMALS.test(words.replace(KEY, ''))
}

const KEY = /^(id|fk) | (id|uid|nr|no|fk)$/

/** What refers to the row above, or to an address. */
const OF_A_TREE = /^(id )?(parent|child|address|adresse|direccion|indirizzo|endereco|adres)( |$)/
