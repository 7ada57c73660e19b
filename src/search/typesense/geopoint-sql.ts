/** The SQL of a geopoint, an array of latitude and longitude, and what must be known to use it. */
export interface GeopointSql {
  readonly sql: string
  /** The same with the coordinates the other way round, where the column may hold either. */
  readonly swapped?: string
  /** Whether the values may be in another coordinate system than that of latitude and longitude. */
  readonly mayBeProjected?: boolean
}

/**
 * The SQL that makes geopoints of a column; undefined where its type holds no places.
 * @param value SQL of the column
 * @param type as `format_type` writes it, with its schema where its functions need that
 * @param isList whether the field takes a list of geopoints
 */
export function geopointSql(value: string, type: string, isList = false): GeopointSql | undefined {
  if (isList && type.endsWith('[]')) return eachOf(value, type.replace(/(\[\])+$/, ''))
  const one = oneOf(value, type)
  if (one === undefined || !isList) return one
  return rewrite(one, (sql) => `array_remove(ARRAY[${sql}], NULL)`)
}

/** The elements of an array; those without a place are left out. */
function eachOf(value: string, element: string): GeopointSql | undefined {
  const one = oneOf('each', element)
  const list = (sql: string) =>
    `(SELECT jsonb_agg(g) FROM (SELECT to_jsonb(${sql}) AS g FROM unnest(${value}) AS each) AS places WHERE g IS NOT NULL)`
  return one && rewrite(one, list)
}

function oneOf(value: string, type: string): GeopointSql | undefined {
  if (type === 'point') {
    const pair = (first: string, second: string) =>
      `CASE WHEN ${value} IS NOT NULL THEN ARRAY[${value}[${first}], ${value}[${second}]] END`
    return { sql: pair('0', '1'), swapped: pair('1', '0') }
  }
  if (/^(text|character varying|citext|.*\.citext)(\(\d+\))?$/.test(type)) return ofText(value)
  return ofGeometry(value, type)
}

/** As it is often kept: `48.5, 2.3`. */
function ofText(value: string): GeopointSql {
  const part = (at: number) => `split_part(${value}, ',', ${at})::float8`
  const pair = (first: string, second: string) =>
    `CASE WHEN ${value} ~ '^[-+0-9. ]+,[-+0-9. ]+$' THEN ARRAY[${first}, ${second}] END`
  return { sql: pair(part(1), part(2)), swapped: pair(part(2), part(1)) }
}

const GEOMETRY = /^(.*\.)?(geometry|geography)(?:\((\w+)(?:,(\d+))?\))?$/

/** What is not a point by its type may be a line or an area, which has a centre; what is empty has none. */
function ofGeometry(value: string, type: string): GeopointSql | undefined {
  const [found, schema = '', base, shape = '', srid] = GEOMETRY.exec(type) ?? []
  if (found === undefined) return undefined
  const isDegrees = base === 'geography' || srid === '4326'
  const geometry = base === 'geography' ? `${value}::${schema}geometry` : value
  const degrees = isDegrees || srid === undefined ? geometry : `${schema}ST_Transform(${geometry}, 4326)`
  const point = /^Point/i.test(shape) ? degrees : `${schema}ST_Centroid(${degrees})`
  const latitude = `${schema}ST_Y(${point})`
  return {
    sql: `CASE WHEN ${latitude} IS NOT NULL THEN ARRAY[${latitude}, ${schema}ST_X(${point})] END`,
    mayBeProjected: !isDegrees && srid === undefined,
  }
}

function rewrite({ sql, swapped, ...rest }: GeopointSql, by: (sql: string) => string): GeopointSql {
  return { ...rest, sql: by(sql), ...(swapped === undefined ? {} : { swapped: by(swapped) }) }
}
