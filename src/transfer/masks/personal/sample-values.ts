import { nameKey } from '../../../core/table-name.ts'
import { identifier, literal } from '../../../postgres/identifiers.ts'
import type { Session } from '../../../postgres/session.ts'
import type { LiveTable } from '../../inspect/inspect-source.ts'
import type { PlanGuard } from '../../source/plan-guard.ts'
import { columnType } from '../column-type.ts'
import { pagesToSample, partitionsOf, SAMPLED_ROWS, sampleSql } from '../sample-rows.ts'
import { commonFirstNames } from './first-names.ts'
import type { PersonalKind } from './kind.ts'
import { nameColumns } from './own-names.ts'
import { LOGIN, MAILBOX, mayHoldLogins, namesSomeoneSql } from './person-patterns.ts'
import { PERSON_WORDS } from './person-words.ts'
import { PERSONAL_KINDS } from './personal-kinds.ts'
import type { Sample } from './sample.ts'
import { TRAIT_VALUES } from './trait-values.ts'

const WITH_VALUES = PERSONAL_KINDS.filter(({ value }) => value !== undefined)
const WITHIN_JSON = WITH_VALUES.filter(({ isWithin, name }) => isWithin === true || name === 'place')

/** One to five words. */
const FEW_WORDS = String.raw`^[[:alpha:]][[:alpha:]'’.-]*,?( [[:alpha:]'’-]+\.?){0,4}$`
/** Two to four words, each with a capital letter and small ones, possibly with particles such as `von` between them. */
const NAME_LIKE = String.raw`^[[:upper:]][[:lower:]]+( (de|la|del|der|den|von|van|zu|di|du|le|y|[[:upper:]]\.))*([ -][[:upper:]][[:lower:]]+){1,3}$`

/** Five words or more, most of which are letters, possibly with tags of HTML between them. */
const PROSE = String.raw`^(<[^>]*>|\W)*([[:alpha:]'’-]+[,.:;!?]?(\s|<[^>]*>)+\S*){4}`

/** The legal form of a company, behind its name. */
const COMPANY = String.raw`[[:alnum:].)] (GmbH|mbH|AG|KG|OHG|eG|SE|Ltd|Limited|LLC|LLP|Inc|Corp|PLC|plc|SA|SAS|SARL|SL|SLU|SRL|SpA|BV|NV|Lda|Ltda|AB|ApS|Oy|S\.A\.|S\.L\.|S\.r\.l\.|S\.p\.A\.|B\.V\.|N\.V\.)\.?$`

/** A statement returns 25 counts for each column at most, and PostgreSQL takes 1,664 of them. */
const COLUMNS_AT_ONCE = 66
/** With fewer values in a sample, a column is looked at once more, in rows that have one. */
const ENOUGH_VALUES = 50

/** Matches the texts and the JSON of a sample of rows on the server, by the name of the table and the column. Tables that must not be queried have no sample. */
export async function sampleValues(
  session: Session,
  guard: PlanGuard,
  tables: readonly LiveTable[],
  encoding: string,
): Promise<Map<string, Sample>> {
  const samples = new Map<string, Sample>()
  const words = wordsToFind(encoding !== 'UTF8')
  for (const table of tables) {
    const columns = table.columns.filter(
      ({ baseType, generated }) => generated === 'no' && kindsFor(baseType).length > 0,
    )
    const sampled = pagesToSample(guard, table)
    if (sampled.length === 0) continue
    const count = async (some: readonly TextColumn[], condition?: string) => {
      await guard.prepareFor(session, partitionsOf(sampled))
      const wanted = {
        columns: some.map(({ name }) => name),
        ...(condition === undefined ? {} : { condition }),
      }
      const rows = sampleSql(sampled, table, wanted, session.serverVersion)
      return session.queryOne<Record<string, number>>(countsSql(rows, table, some), words)
    }
    for (let start = 0; start < columns.length; start += COLUMNS_AT_ONCE) {
      const some = columns.slice(start, start + COLUMNS_AT_ONCE)
      const counted = await count(some)
      const found = new Map(some.map((column, index) => [column, toSample(counted, index, column)]))
      // Of a column that few rows use, such rows are looked for.
      const rare = some.filter((column) => (found.get(column)?.values ?? 0) < ENOUGH_VALUES)
      if (rare.length > 0 && (counted.rows ?? 0) * 2 >= SAMPLED_ROWS) {
        const again = await count(
          rare,
          rare.map((column) => `${textSql(table, column)} IS NOT NULL`).join(' OR '),
        )
        for (const [index, column] of rare.entries()) found.set(column, toSample(again, index, column))
      }
      for (const [{ name }, sample] of found) samples.set(`${nameKey(table.name)}\0${name}`, sample)
    }
  }
  return samples
}

type TextColumn = LiveTable['columns'][number]

/** The kinds that values of a type are compared with: texts, or arrays of them, with all; JSON with what may be within it. */
function kindsFor(baseType: string): readonly PersonalKind[] {
  const { family } = columnType(baseType.replaceAll('[]', ''))
  return family === 'text' ? WITH_VALUES : family === 'json' ? WITHIN_JSON : []
}

function toSample(
  counted: Readonly<Record<string, number>>,
  index: number,
  { baseType }: TextColumn,
): Sample {
  return {
    values: counted[`v${index}`] ?? 0,
    matches: new Map(kindsFor(baseType).map((kind, at) => [kind, counted[`c${index}_${at}`] ?? 0])),
    names: counted[`n${index}`] ?? 0,
    nameLike: counted[`l${index}`] ?? 0,
    companies: counted[`b${index}`] ?? 0,
    traits: counted[`h${index}`] ?? 0,
    prose: counted[`p${index}`] ?? 0,
    proseOfPeople: counted[`o${index}`] ?? 0,
    distinct: counted[`e${index}`] ?? 0,
    mailboxes: counted[`m${index}`] ?? 0,
    namesWithin: counted[`f${index}`] ?? 0,
    logins: counted[`g${index}`] ?? 0,
  }
}

/** First names, words for what someone is, a pattern of those that mention people, and one of mailboxes: the parameters of {@link countsSql}. */
function wordsToFind(isAscii: boolean): readonly (string | readonly string[])[] {
  const mentions = isAscii ? PERSON_WORDS.filter(isPlain) : PERSON_WORDS
  return [
    commonFirstNames(isAscii),
    isAscii ? TRAIT_VALUES.filter(isPlain) : TRAIT_VALUES,
    // Without constraints such as `\m`, which take a hundred times as long.
    `(?i)(^|[^[:alpha:]])(${mentions.join('|')})([^[:alpha:]]|$)`,
    MAILBOX,
  ]
}

function isPlain(word: string): boolean {
  return /^[\x20-\x7e]+$/.test(word)
}

/**
 * The counts of each column. Its texts are made once, as `t`; `u` is those that are short, `d` those of them with a digit, and `w` those
 * that are sentences. OFFSET keeps the server from making them again for each count, and what is NULL is compared with nothing.
 */
function countsSql(rows: string, table: LiveTable, columns: readonly TextColumn[]): string {
  const count = (condition: string) => `(pg_catalog.count(*) FILTER (WHERE ${condition}))::pg_catalog.float8`
  const own = new Set(nameColumns(table))
  const counts = columns.flatMap(({ name, baseType }, index) => [
    `pg_catalog.count(s.t${index})::pg_catalog.float8 AS v${index}`,
    ...kindsFor(baseType).map(
      (kind, at) => `${count(matchSql(kind, index, isJson(baseType)))} AS c${index}_${at}`,
    ),
    `${count(`${matchesSql(`s.u${index}`, FEW_WORDS)} AND ${firstWordSql(`s.u${index}`)} OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.text[])`)} AS n${index}`,
    `${count(`pg_catalog.lower(s.u${index}) OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.text[])`)} AS h${index}`,
    `${count(matchesSql(`s.u${index}`, NAME_LIKE))} AS l${index}`,
    ...(own.has(name) ? [`${count(matchesSql(`s.u${index}`, COMPANY))} AS b${index}`] : []),
    `pg_catalog.count(s.w${index})::pg_catalog.float8 AS p${index}`,
    `${count(`s.w${index} OPERATOR(pg_catalog.~) $3`)} AS o${index}`,
    ...(mayHoldLogins(name) ? [`${count(matchesSql(`s.u${index}`, LOGIN))} AS g${index}`] : []),
    `${count(`CASE WHEN s.u${index} OPERATOR(pg_catalog.~~) '%@%' THEN s.u${index} OPERATOR(pg_catalog.~) $4 ELSE false END`)} AS m${index}`,
    ...(isJson(baseType) ? [] : [`${count(namesSomeoneSql(`s.t${index}`))} AS f${index}`]),
    `pg_catalog.count(DISTINCT pg_catalog.left(s.t${index}, ${MOST_BYTES}))::pg_catalog.float8 AS e${index}`,
  ])
  const texts = columns.map((column, index) => `${textSql(table, column)} AS t${index}`)
  const short = columns.map((_, index) => {
    const value = `r.t${index}`
    const isShort = `pg_catalog.octet_length(${value}) OPERATOR(pg_catalog.<=) ${MOST_BYTES}`
    return `${value}, CASE WHEN ${isShort} THEN ${value} END AS u${index}, CASE WHEN ${isShort} AND ${matchesSql(value, '[0-9]')} THEN ${value} END AS d${index}, CASE WHEN ${matchesSql(value, PROSE)} THEN ${value} END AS w${index}`
  })
  return `SELECT pg_catalog.count(*)::pg_catalog.float8 AS rows, ${counts.join(', ')} FROM (SELECT ${short.join(', ')} FROM (SELECT ${texts.join(', ')} FROM ${rows} OFFSET 0) AS r OFFSET 0) AS s`
}

/** Longer values are texts that can only hold something, but for signed tokens. */
const MOST_BYTES = 64

/** The first word, or the one behind a comma: a first name, if it is a name. */
function firstWordSql(value: string): string {
  const behind = `CASE WHEN ${value} OPERATOR(pg_catalog.~~) '%, %' THEN pg_catalog.split_part(${value}, ', ', 2) ELSE ${value} END`
  return `pg_catalog.lower(pg_catalog.split_part(${behind}, ' ', 1))`
}

function isJson(baseType: string): boolean {
  return columnType(baseType.replaceAll('[]', '')).family === 'json'
}

/** How much of a text is looked at. */
const TEXT_LENGTH = 200
const JSON_LENGTH = 2000

/** The beginning of a text, or of the first element of an array that has one; NULL if it is blank. */
function textSql(table: LiveTable, { name, baseType }: TextColumn): string {
  const value = `${identifier(table.name.name)}.${identifier(name)}`
  const length = isJson(baseType) ? JSON_LENGTH : TEXT_LENGTH
  const beginning = (sql: string) =>
    `NULLIF(pg_catalog.btrim(pg_catalog.left(${sql}::pg_catalog.text, ${length}), E' \\t\\r\\n'), '')`
  if (!baseType.endsWith('[]')) return beginning(value)
  const element = beginning('e.e')
  return `(SELECT ${element} FROM pg_catalog.unnest(${value}) AS e (e) WHERE ${element} IS NOT NULL LIMIT 1)`
}

function matchSql(
  { value: pattern = '', inJson, hasCheckDigit, compares }: PersonalKind,
  index: number,
  isJson: boolean,
): string {
  const whole = `s.t${index}`
  if (inJson !== undefined)
    return `(${matchesSql(whole, pattern)} OR ${whole} OPERATOR(pg_catalog.~~) '%"%:%' AND ${matchesSql(whole, inJson)})`
  const value = isJson || compares === 'all' ? whole : compares === 'short' ? `s.u${index}` : `s.d${index}`
  const matches = matchesSql(value, pattern)
  return hasCheckDigit === true ? `CASE WHEN ${matches} THEN ${checkDigitSql(value)} ELSE false END` : matches
}

function matchesSql(value: string, pattern: string): string {
  return `${value} OPERATOR(pg_catalog.~) ${literal(pattern)}`
}

/** Whether the digits of a text meet the formula of Luhn: from the right, every second one counts twice, by the sum of its digits. */
function checkDigitSql(value: string): string {
  const digits = `pg_catalog.reverse(pg_catalog.regexp_replace(${value}, '[^0-9]', '', 'g'))`
  const digit = `pg_catalog.substr(${digits}, i.i, 1)::pg_catalog.int4`
  const twice = `pg_catalog.substr('0246813579', ${digit} OPERATOR(pg_catalog.+) 1, 1)::pg_catalog.int4`
  const sum = `pg_catalog.sum(CASE i.i OPERATOR(pg_catalog.%) 2 WHEN 0 THEN ${twice} ELSE ${digit} END)`
  return `(SELECT ${sum} OPERATOR(pg_catalog.%) 10 OPERATOR(pg_catalog.=) 0 FROM pg_catalog.generate_series(1, pg_catalog.length(${digits})) AS i (i))`
}
