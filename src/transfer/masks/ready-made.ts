import type { Mask, MaskKind } from '../../core/mask.ts'
import { identifier, literal } from '../../postgres/identifiers.ts'
import { CODE_MASKS } from './code-masks.ts'
import { type ColumnType, columnType } from './column-type.ts'
import { bytesOfText, keyedHashSql } from './hash-sql.ts'
import type { MadeMask, MaskedRow, MaskMaker, Misfit } from './mask-maker.ts'
import { maskedJson, maskedLetters } from './masked-texts.ts'
import { NUMBER_MASKS } from './number-masks.ts'
import { WORD_MASKS } from './word-masks.ts'

/** The SQL of a ready-made mask for the values of a column that are not NULL. */
export function makeMask(
  mask: Mask,
  kind: MaskKind,
  column: MaskedRow['columns'][number],
  row: MaskedRow,
  type: ColumnType = columnType(column.baseType),
): MadeMask | Misfit {
  const value = `${row.alias}.${identifier(column.name)}`
  const families = FAMILIES[kind]
  if (families !== undefined && !families.includes(type.family))
    return {
      problem: `\`${kind}\` is for columns of type ${typesOf(families)}, and it is ${column.baseType}`,
    }
  return MAKERS[kind]({ mask, value, type, row, hash: hashOf(value, type, row) })
}

const TEXTS = ['text'] as const

/** The types that each mask accepts; all if it is not listed. */
const FAMILIES: Partial<Record<MaskKind, readonly ColumnType['family'][]>> = {
  hash: ['text', 'integer', 'uuid', 'network'],
  email: TEXTS,
  name: TEXTS,
  'first-name': TEXTS,
  'last-name': TEXTS,
  company: TEXTS,
  street: TEXTS,
  city: TEXTS,
  phone: TEXTS,
  ip: ['text', 'network'],
  url: TEXTS,
  iban: TEXTS,
  card: TEXTS,
  'date-shift': ['date', 'timestamp'],
  'date-truncate': ['date', 'timestamp'],
  noise: ['integer', 'number'],
  text: TEXTS,
  'redact-json': ['json'],
  file: ['bytes'],
}

const NAMES: Readonly<Record<ColumnType['family'], string>> = {
  text: 'text, varchar, char or citext',
  integer: 'smallint, integer or bigint',
  number: 'numeric, real or double precision',
  uuid: 'uuid',
  date: 'date',
  timestamp: 'timestamp',
  network: 'inet',
  hardware: 'macaddr',
  json: 'json or jsonb',
  bytes: 'bytea',
  other: 'another type',
}

function typesOf(families: readonly ColumnType['family'][]): string {
  return families.map((family) => NAMES[family]).join(', ')
}

function hashOf(value: string, { family, ignoresCase }: ColumnType, { encoding }: MaskedRow): string {
  if (family === 'uuid') return keyedHashSql('uuid', `pg_catalog.uuid_send(${value})`)
  const text = `${value}::pg_catalog.text`
  return keyedHashSql('text', bytesOfText(ignoresCase ? `pg_catalog.lower(${text})` : text, encoding))
}

const MAKERS: Readonly<Record<MaskKind, MaskMaker>> = {
  null: () => ({ sql: 'NULL', purposes: [], isInjective: false }),
  constant: ({ mask }) => ({ sql: literal(mask.value ?? ''), purposes: [], isInjective: false }),
  ...CODE_MASKS,
  ...WORD_MASKS,
  ...NUMBER_MASKS,
  text: ({ value, hash }) => ({ sql: maskedLetters(value, hash), purposes: ['text'], isInjective: false }),
  'redact-json': ({ value, type, mask }) => maskedJson(value, type.name, mask),
  file: ({ mask }) => ({
    sql: `pg_catalog.convert_to(${literal(mask.value ?? 'masked')}, 'UTF8')`,
    purposes: [],
    isInjective: false,
  }),
}
