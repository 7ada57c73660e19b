import { readFileSync } from 'node:fs'

/** A column of a table whose personal columns are known. */
interface LabelledColumn {
  readonly name: string
  readonly type: string
  /** What its values are, where the type does not say it. */
  readonly values: string | undefined
  readonly isPersonal: boolean
}

/** A table whose personal columns are known. */
export interface LabelledTable {
  readonly schema: string
  readonly name: string
  readonly columns: readonly LabelledColumn[]
}

/** Reads tables of test/fixtures/privacy: a star marks a personal column. */
export function readLabelledTables(file: string): LabelledTable[] {
  const text = readFileSync(new URL(`../fixtures/privacy/${file}`, import.meta.url), 'utf8')
  const blocks = text.split(/^table /m).slice(1)
  return blocks.map((block) => {
    const [head = '', ...lines] = block.split('\n').filter((line) => line.trim() !== '' && line[0] !== '#')
    const [schema = '', name = ''] = head.trim().split('.')
    return { schema, name, columns: lines.map(columnOf) }
  })
}

function columnOf(line: string): LabelledColumn {
  const words = line.slice(2).trim().split(' ')
  const last = words.at(-1) ?? ''
  const values = words.length > 2 && last in VALUES ? last : undefined
  const type = words.slice(1, values === undefined ? undefined : -1).join(' ')
  return { name: words[0] ?? '', type, values, isPersonal: line.startsWith('*') }
}

/** Creates the tables, each with rows whose values are of the kind that the fixture says. */
export function labelledTablesSql(tables: readonly LabelledTable[]): string {
  const schemas = ["CREATE TYPE public.gender AS ENUM ('f', 'm', 'd');"]
  schemas.push(
    ...[...new Set(tables.map(({ schema }) => schema))].map(
      (schema) => `CREATE SCHEMA IF NOT EXISTS ${schema};`,
    ),
  )
  const statements = tables.map(({ schema, name, columns }) => {
    const table = `"${schema}"."${name}"`
    const list = columns.map((column) => `"${column.name}" ${column.type.replace('citext', 'text')}`)
    const values = columns.map((column) => `(${valueSql(column)})::${column.type.replace('citext', 'text')}`)
    return `CREATE TABLE ${table} (${list.join(', ')}); INSERT INTO ${table} SELECT ${values.join(', ')} FROM generate_series(1, 60) AS i;`
  })
  return [...schemas, ...statements, 'ANALYZE;'].join('\n')
}

function valueSql({ type, values }: LabelledColumn): string {
  if (values !== undefined) return VALUES[values] ?? 'NULL'
  if (/^(small|big)?int|^numeric|^double/.test(type)) return 'i * 37 % 1000'
  if (type === 'date') return `date '1960-01-01' + i * 211`
  if (type === 'timestamptz') return `timestamptz '2024-01-01Z' + i * interval '7 hours'`
  if (type === 'boolean') return 'i % 3 = 0'
  if (type === 'uuid') return 'gen_random_uuid()'
  if (type === 'public.gender') return `'f'`
  if (type === 'jsonb') return `jsonb_build_object('k', i)`
  if (type === 'cidr') return `'203.0.113.0/24'`
  if (type === 'point') return 'point(i, i)'
  if (type === 'text[]') return `ARRAY['x ' || i]`
  if (type === 'bytea') return `convert_to('file ' || i, 'UTF8')`
  return `'text ' || i`
}

/** One of some texts for each row; neighbours take others. */
function oneOf(texts: string, step = 1): string {
  return `(ARRAY['${texts.split(',').join("','")}'])[1 + i * ${step} % ${texts.split(',').length}]`
}

const GIVEN = oneOf(
  'Ada,Björn,Chloé,Dagmar,Esteban,Fatima,Gerhard,Hélène,Ivo,Jolanda,Karim,Leonie,Marcos,Nadège,Olaf,Priya,Quentin,Rosa,Svenja,Thierry,Ulla,Vanja,Wei,Ximena,Yusuf,Zsófia,John,Maria,Hans,Pierre,Carmen',
)
const SURNAME = oneOf(
  'Abendroth,Bianchi,Castaño,Dubois,Eriksen,Fofana,Grünwald,Hartmann,Ibáñez,Janssen,Kowalczyk,Lefèvre,Müller,Nguyen,Okafor,Pereira,Quispe,Rousseau,Schröder,Tanaka,Urquhart,Vogel,Wójcik,Yilmaz,Zimmermann',
  7,
)

/** SQL of values over the number of a row, \`i\`. */
const VALUES: Readonly<Record<string, string>> = {
  word: oneOf('alpha,beta,open,closed,draft,north,south,web,import,manual,gold,silver'),
  code: `'X' || i % 7 || '-' || lpad((i * 7919 % 100000)::text, 5, '0')`,
  given: GIVEN,
  surname: SURNAME,
  fullname: `${GIVEN} || ' ' || ${SURNAME}`,
  email: `'user.' || i || '@mail' || i % 5 || '.example.org'`,
  phone: `'+49 170 ' || 1000000 + i * 7919`,
  street: `${oneOf('Lindenallee,Rue Pasteur,Calle Mayor,Elm Street,Kirchweg')} || ' ' || i`,
  house: `i % 90 || ${oneOf(',a,b')}`,
  city: oneOf('Bochum,Lille,Sevilla,Leeds,Graz,Nantes,Toledo,Ghent,Uppsala,Porto'),
  zip: `lpad((i * 997 % 100000)::text, 5, '0')`,
  iban: `'DE' || 10 + i % 80 || lpad((i * 99991)::text, 18, '3')`,
  bic: `'DEUTDEFF' || 100 + i`,
  card: `'4111' || lpad((i * 7919)::text, 12, '1')`,
  ip: `'203.0.' || i % 200 || '.' || i`,
  mac: `('08:00:2b:01:02:' || lpad(to_hex(i), 2, '0'))`,
  url: `'https://www.example.org/p/' || i`,
  product: `${oneOf('Desk lamp,Oak table,USB cable,Garden chair,Coffee mug,Ordner A4,Câble audio,Silla plegable')} || ' ' || i % 9`,
  company: `${oneOf('Nordwind,Aubert,Iberia Textil,Harbour,Kessler')} || ${oneOf(' GmbH, SA, S.L., Ltd')}`,
  sentence: `'This is ' || ${oneOf('a remark,some text,what was written')} || ' number ' || i || '.'`,
  login: `${oneOf('sunfish,kilo,mr_green,tb,wolke')} || i`,
  token: `md5(i::text)`,
  ssn: `100 + i || '-' || 10 + i % 80 || '-' || 1000 + i`,
  plate: `${oneOf('B,HH,M,K')} || '-XY ' || 100 + i`,
  gender: oneOf('m,f,d'),
  dni: `lpad((i * 7919 % 100000000)::text, 8, '0') || ${oneOf('A,B,C,D')}`,
  digits3: `lpad((i * 37 % 1000)::text, 3, '0')`,
  currency: oneOf('EUR,USD,GBP'),
  country: oneOf('DE,FR,ES,GB'),
  emails: `ARRAY['user.' || i || '@mail.example.org']`,
  ean: `(4006381300000 + i)::text`,
  padded: `lpad((10000000 + i)::text, 10, '0')`,
  usdate: `to_char(date '2024-01-01' + i, 'MM/DD/YYYY')`,
  timecode: `'01:02:' || lpad(i::text, 2, '0') || ':10'`,
  version: `i % 12 || '.' || i % 5`,
}
