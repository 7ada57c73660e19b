import { literal } from '../../../postgres/identifiers.ts'

/** Alternatives, several a line. */
const list = (text: string) => text.trim().split(/\s+/).join('|')

/** The functions that have mailboxes, in seven languages, as these begin. */
const FUNCTIONS = list(`
abuse accounting accounts? admin(istra[a-z]*)? ap ar billing bookings? buchhaltung bureau careers? claims commercial(e)? comercial compras compta(bilite)? contabilidade? contabilita
contact(o|us)? contato contatti credenciamento customer[._-]?(service|care) delivery direccion direktion dispatch einkauf empfang enquir(y|ies) events? export facturacion fatturazione faturamento
facturation feedback finance finanzen geral hello help(desk)? hola hr info(rmation|rmacion|rmazioni|rmatie)? inkoop invoices? it kontakt kundenservice klantenservice lager legal logisti[a-z]*
mail(er|er-daemon)? marketing newsletter no[._-]?reply do[._-]?not[._-]?reply notifications? office(s)? online orders? payments? pedidos personal post(master|fach)? poststelle praxis presse press
prestador(es)? privacy purchasing rechnung(en)? recepcao recepcion reception reclamaciones redaktion registration reply rh reservas? reservations? returns? root sac sales secretar[a-z]* security segreteria
sekretariat service(s)? shipping shop soporte staff stock store suporte support supply system team tech tecnico treasury vente(s)? ventas vendas verkauf verkoop vertrieb warehouse web(master)? welcome zentrale
`)

/** A mailbox of an organisation: by the function that reads it, or with a name that a program made. */
export const MAILBOX = `(?i)^((${FUNCTIONS})([0-9]|[._+-][^@]*)?|[^@]*[0-9a-f]{12}[^@]*)@`

/** A name to sign in with, as it is made of those of a person. */
export const LOGIN = '^[a-z]{3,}([._-][a-z]+)?[._-]?[0-9]{0,4}$'

/** Columns of which it is counted how many values are such names. */
export function mayHoldLogins(column: string): boolean {
  return /(id|uid|user|usr|login|profile?|kennung)$/i.test(column)
}

/** Two words with capital letters: most texts have none. */
const TWO_WORDS = '[[:upper:]][[:lower:]]+,? [[:upper:]][[:lower:]]'

/**
 * Whether a text holds a first name with another name behind it. The first names are the first parameter. Words are taken apart at spaces,
 * which takes a tenth of the time of a pattern for both of them.
 */
export function namesSomeoneSql(value: string): string {
  const words = `pg_catalog.unnest(pg_catalog.string_to_array(${value}, ' ')) AS m (m)`
  const isName = `pg_catalog.lower(m.m) OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])`
  const isBeforeOne = `${value} OPERATOR(pg_catalog.~) (m.m OPERATOR(pg_catalog.||) ',? [[:upper:]][[:lower:]]')`
  const isCapital = `m.m OPERATOR(pg_catalog.<>) pg_catalog.lower(m.m)`
  const names = `EXISTS (SELECT FROM ${words} WHERE CASE WHEN ${isName} THEN ${isCapital} AND ${isBeforeOne} ELSE false END)`
  return `CASE WHEN ${value} OPERATOR(pg_catalog.~) ${literal(TWO_WORDS)} THEN ${names} ELSE false END`
}
