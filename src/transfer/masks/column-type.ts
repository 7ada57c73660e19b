/** The properties of a column's type that masks depend on. */
export interface ColumnType {
  readonly family:
    | 'text'
    | 'integer'
    | 'number'
    | 'uuid'
    | 'date'
    | 'timestamp'
    | 'network'
    | 'hardware'
    | 'json'
    | 'bytes'
    | 'other'
  /** Without its modifier. */
  readonly name: string
  /** How many characters it holds; undefined for no limit. */
  readonly limit: number | undefined
  /** For a numeric with a modifier. */
  readonly precision: number | undefined
  readonly scale: number | undefined
  /** Whether texts that differ only in case are equal. */
  readonly ignoresCase: boolean
}

const FAMILIES: readonly (readonly [ColumnType['family'], readonly string[]])[] = [
  ['text', ['text', 'character varying', 'character', 'bpchar', 'citext']],
  ['integer', ['smallint', 'integer', 'bigint']],
  ['number', ['numeric', 'real', 'double precision']],
  ['uuid', ['uuid']],
  ['date', ['date']],
  ['timestamp', ['timestamp without time zone', 'timestamp with time zone']],
  ['network', ['inet']],
  ['hardware', ['macaddr', 'macaddr8']],
  ['json', ['json', 'jsonb']],
  ['bytes', ['bytea']],
]

/** Parses a type as `format_type` writes it. */
export function columnType(baseType: string): ColumnType {
  const [, first, second] = /\((\d+)(?:,(-?\d+))?\)/.exec(baseType) ?? []
  const plain = baseType.replace(/\(.*?\)/, '')
  const name = /(^|\.)citext$/.test(plain) ? 'citext' : plain
  const family = FAMILIES.find(([, names]) => names.includes(name))?.[0] ?? 'other'
  const modifier = first === undefined ? undefined : Number(first)
  return {
    family,
    name,
    limit: family === 'text' ? modifier : undefined,
    precision: family === 'number' ? modifier : undefined,
    scale: family === 'number' && modifier !== undefined ? Number(second ?? 0) : undefined,
    ignoresCase: name === 'citext',
  }
}
