import { expect, test } from 'vitest'
import { geopointHint } from '../../../../src/search/typesense/check-columns.ts'
import { fitsField } from '../../../../src/search/typesense/fits-field.ts'

test.each([
  ['int32', 'smallint', true],
  ['int32', 'integer', true],
  ['int64', 'bigint', true],
  ['int64', 'numeric', true],
  ['int64', 'numeric(10,0)', true],
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
  ['object', 'public.geometry(Point,4326)', true],
])('a field of type %s and a column of type %s: %s', (field, column, fits) => {
  expect(fitsField(field, column)).toBe(fits)
})

test('the hint for a geopoint is SQL that makes one of the column, without a null in it', () => {
  expect(geopointHint('geopoint', { name: 'loc', type: 'point' })).toContain(
    'select CASE WHEN "loc" IS NOT NULL THEN ARRAY["loc"[0], "loc"[1]] END AS "loc"',
  )
  expect(geopointHint('geopoint', { name: 'at', type: 'gis.geography(Point,4326)' })).toContain(
    'ARRAY[gis.ST_Y("at"::gis.geometry), gis.ST_X("at"::gis.geometry)] END AS "at"',
  )
  expect(geopointHint('geopoint', { name: 'at', type: 'text' })).toBeUndefined()
})
