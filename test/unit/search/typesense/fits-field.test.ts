import { expect, test } from 'vitest'
import { geopointHint } from '../../../../src/search/typesense/check-columns.ts'
import { fitsField } from '../../../../src/search/typesense/fits-field.ts'

test.each([
  ['int32', 'smallint', true],
  ['int32', 'integer', true],
  ['int64', 'bigint', true],
  ['int64', 'numeric', true],
  ['int64', 'numeric(10,0)', true],
  ['int64', 'numeric(18,0)', true],
  ['int64', 'numeric(19,0)', false],
  ['int64', 'numeric(15,-5)', false],
  ['int64[]', 'numeric(20,0)[]', false],
  ['int32', 'numeric(20,0)', false],
  ['float', 'numeric(20,0)', true],
  ['int64', 'numeric(10,2)', false],
  ['int64', 'double precision', false],
  ['int64', 'timestamp with time zone', false],
  ['int32', 'text', false],
  ['int32', 'boolean', false],
  ['int32', 'integer[]', false],
  ['float', 'integer', true],
  ['float', 'real', true],
  ['float', 'numeric(10,2)', true],
  ['float', 'character varying(20)', false],
  ['bool', 'boolean', true],
  ['bool', 'integer', false],
  ['string', 'text', true],
  ['string', 'character varying(20)', true],
  ['string', 'timestamp(3) without time zone', true],
  ['string', 'uuid', true],
  ['string', 'app.mood', true],
  ['string', 'integer', false],
  ['string', 'text[]', false],
  ['string[]', 'text[]', true],
  ['string[]', 'text[][]', true],
  ['string[]', 'text', false],
  ['string[]', 'integer[]', false],
  ['string[]', 'app.mood[]', true],
  ['string[]', 'jsonb', true],
  ['int32[]', 'bigint[]', false],
  ['int32', 'bigint', false],
  ['int32', 'numeric(9,0)', true],
  ['int32', 'numeric(10,0)', false],
  ['int32', 'jsonb', true],
  ['int32', 'app.positive', true],
  ['int32', 'app.positive[]', false],
  ['geopoint', 'double precision[]', true],
  ['geopoint', 'point', false],
  ['object', 'jsonb', true],
  ['object', 'app.address', true],
  ['object', 'text', false],
  ['object[]', 'jsonb[]', true],
  ['auto', 'point', true],
  ['string*', 'integer', true],
])('a %s field and a column of %s: %s', (fieldType, columnType, fits) => {
  expect(fitsField(fieldType, columnType)).toBe(fits)
})

test.each([
  ['geopoint', 'public.geography(Point,4326)', false],
  ['geopoint', 'geometry', false],
  ['geopoint', 'point', false],
  ['geopoint', 'double precision[]', true],
  ['geopoint', 'gis.geometry(Point,4326)[]', false],
  ['geopoint[]', 'point[]', false],
  ['geopoint[]', 'numeric[]', true],
  ['object', 'public.geometry(Point,4326)', true],
])('a field of type %s and a column of type %s: %s', (field, column, fits) => {
  expect(fitsField(field, column)).toBe(fits)
})

test('the hint for a geopoint is SQL that makes one of the column, without a null in it', () => {
  const hint = (type: string, field = 'geopoint') => geopointHint(field, { name: 'at', type })
  expect(hint('point')).toContain(
    'latitude first, select CASE WHEN "at" IS NOT NULL THEN ARRAY["at"[0], "at"[1]] END AS "at"; where',
  )
  expect(hint('gis.geography(PointZ,4326)')).toContain(
    'THEN ARRAY[gis.ST_Y("at"::gis.geometry), gis.ST_X("at"::gis.geometry)] END AS "at".',
  )
  expect(hint('gis.geometry(Polygon,3857)')).toContain(
    'ARRAY[gis.ST_Y(gis.ST_Centroid(gis.ST_Transform("at", 4326))), ',
  )
  expect(hint('geometry')).toMatch(/ST_Y\(ST_Centroid\("at"\)\).*first need ST_Transform/)
  expect(hint('character varying(60)')).toContain(`ARRAY[split_part("at", ',', 1)::float8, split_part(`)
  expect(hint('point[]', 'geopoint[]')).toContain('FROM unnest("at") AS each')
  expect(hint('point[]')).toBeUndefined()
  expect(hint('box')).toBeUndefined()
})
