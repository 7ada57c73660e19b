import type { Column } from '../../postgres/catalog/table.ts'

/** Turns the SQL of a value into that of a text which is the same for all equal values. */
export type KeyForm = (value: string) => string

/** For keys whose texts are compared as they are. */
export const NO_FORMS: ReadonlyMap<string, KeyForm> = new Map()

/**
 * The forms of columns, by name, whose types can write equal values in several ways: 1.0 and 1.00, -0 and 0, 24:00:00 and 1 day, X and x.
 */
export function keyForms(
  columns: readonly Pick<Column, 'name' | 'baseType'>[],
): ReadonlyMap<string, KeyForm> {
  return new Map(
    columns.flatMap(({ name, baseType }) => {
      const found = FORMS.find(({ type }) => type.test(baseType))
      return found === undefined ? [] : [[name, found.form] as const]
    }),
  )
}

const FORMS: readonly { readonly type: RegExp; readonly form: KeyForm }[] = [
  {
    type: /^numeric(\(|$)/,
    form: (value) =>
      `CASE WHEN strpos(${value}::text, '.') > 0 THEN rtrim(rtrim(${value}::text, '0'), '.') ELSE ${value}::text END`,
  },
  {
    type: /^(real|double precision)$/,
    form: (value) => `CASE ${value}::text WHEN '-0' THEN '0' ELSE ${value}::text END`,
  },
  { type: /^interval/, form: (value) => `justify_interval(${value}::interval)` },
  { type: /(^|\.)citext$/, form: (value) => `lower(${value}::text)` },
  // Its cast leaves out the blanks at the end.
  { type: /^(character|bpchar)(\(|$)/, form: (value) => `${value}::pg_catalog.text` },
]

/** Whether equal values of a type may be written in several ways that no form makes one of, whatever their collation. */
export function hasOtherTexts(baseType: string): boolean {
  return !ONE_TEXT.test(baseType) && !FORMS.some(({ type }) => type.test(baseType))
}

/** Types whose equal values have one text, and arrays and ranges of these. */
const ONE_TEXT =
  /^(smallint|integer|bigint|oid|text|character varying|name|"char"|uuid|date|time|timestamp|boolean|bytea|inet|cidr|macaddr8?|bit|money|pg_lsn|xid8?|int[48](multi)?range|(date|ts|tstz)(multi)?range)(?![a-z])/
