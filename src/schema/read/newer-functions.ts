import { type Feature, featureIf, sinceOf } from './features.ts'

/** PostgreSQL's own functions, by the version that introduced them, and SQL that is written like one. */
const CAME_WITH: readonly (readonly [version: number, names: string])[] = [
  [150000, 'regexp_count regexp_instr regexp_like regexp_substr'],
  [
    160000,
    'any_value array_sample array_shuffle date_add date_subtract erf erfc pg_input_error_info pg_input_is_valid random_normal',
  ],
  [
    170000,
    'json_exists json_query json_scalar json_serialize json_table json_value jsonb_populate_record_valid to_bin to_oct unicode_assigned uuid_extract_timestamp uuid_extract_version xmltext',
  ],
  [180000, 'array_reverse array_sort casefold crc32 crc32c gamma lgamma uuidv4 uuidv7'],
]

const VERSIONS = new Map(
  CAME_WITH.flatMap(([version, names]) => names.split(' ').map((name) => [name, version])),
)

/** Parts of SQL that contain no call: strings, bodies of functions as text, and quoted names. */
const NO_CALL = /'(?:[^']|'')*'|\$([\p{L}_]\w*)?\$[\s\S]*?\$\1\$|"(?:[^"]|"")*"/gu
const CALL = /(?<![\w.$])(?:pg_catalog\.)?([a-z_][a-z0-9_]*)\(/gi

/** The newest of PostgreSQL's own functions that statements call. Functions of users are written with their schema. */
export function newestFunction(statements: readonly string[]): Feature | undefined {
  const calls = statements.flatMap((sql) => [...sql.replaceAll(NO_CALL, `''`).matchAll(CALL)])
  const features = calls.map(([, name = '']) => {
    const version = VERSIONS.get(name.toLowerCase()) ?? 0
    return featureIf(version > 0, version, `a call of ${name.toLowerCase()}()`)
  })
  return sinceOf(features).since
}
