import { expect, test } from 'vitest'
import {
  type ColumnFacts,
  findLocations,
  suggestField,
} from '../../../../src/search/typesense/suggest-field.ts'

function column(name: string, type: string, facts: Partial<ColumnFacts> = {}): ColumnFacts {
  const unknown = { isEnum: false, isNullable: true, distinct: undefined, json: undefined, typeSchema: 'gis' }
  return { name, type, ...unknown, ...facts }
}

function sqlOf(type: string, facts: Partial<ColumnFacts> = {}): string {
  const found = suggestField(column('c', type, facts), 't.c')
  return 'reason' in found ? found.reason : `${found.field.type}: ${found.sql}`
}

test.each([
  [
    'geometry(Point,4326)',
    'geopoint: CASE WHEN gis.ST_Y(t.c) IS NOT NULL THEN ARRAY[gis.ST_Y(t.c), gis.ST_X(t.c)] END AS c',
  ],
  [
    'gis.geography(PointZ,4326)',
    'geopoint: CASE WHEN gis.ST_Y(t.c::gis.geometry) IS NOT NULL THEN ARRAY[gis.ST_Y(t.c::gis.geometry), gis.ST_X(t.c::gis.geometry)] END AS c',
  ],
  [
    'geometry(Point,3857)',
    'geopoint: CASE WHEN gis.ST_Y(gis.ST_Transform(t.c, 4326)) IS NOT NULL THEN ARRAY[gis.ST_Y(gis.ST_Transform(t.c, 4326)), gis.ST_X(gis.ST_Transform(t.c, 4326))] END AS c',
  ],
  ['geometry(Polygon,4326)', 'Typesense has no field for c, which is of the type geometry(Polygon,4326)'],
  ['date', 'int64: CASE WHEN isfinite(t.c) THEN extract(epoch FROM t.c)::bigint END AS c'],
  ['vector(3)', 'float[]: t.c::real[] AS c'],
  ['numeric(4,-3)', 'int64: t.c::bigint AS c'],
  ['numeric(19,0)', 'float: t.c::float8 AS c'],
  ['character varying(20)[]', 'string[]: array_remove(t.c, NULL) AS c'],
  ['inet[]', 'string[]: array_remove(t.c::text[], NULL) AS c'],
  [
    'timestamp with time zone[]',
    'int64[]: CASE WHEN t.c IS NOT NULL THEN ARRAY(SELECT extract(epoch FROM each)::bigint FROM unnest(t.c) AS each WHERE isfinite(each)) END AS c',
  ],
  ['daterange', 'Typesense has no field for c, which is of the type daterange'],
])('a column of type %s becomes the field that holds its values', (type, sql) => {
  expect(sqlOf(type)).toBe(sql)
})

test('a time that is always there has a value even if it is infinite', () => {
  expect(sqlOf('timestamp with time zone', { isNullable: false })).toBe(
    'int64: greatest(least(extract(epoch FROM t.c), 1e15), -1e15)::bigint AS c',
  )
})

test('each pair of columns that say where something is makes a geopoint', () => {
  const names = ['Lat', 'lng', 'from_latitude', 'from_longitude', 'to_lat', 'lat_text', 'plate', 'pylon']
  const locations = findLocations(names.map((name) => column(name, 'double precision')))
  expect(locations.map(({ name, latitude, longitude }) => [name, latitude.name, longitude.name])).toEqual([
    ['location', 'Lat', 'lng'],
    ['from_location', 'from_latitude', 'from_longitude'],
  ])
})
