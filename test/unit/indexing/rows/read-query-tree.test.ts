import { expect, test } from 'vitest'
import {
  isAboutOneTable,
  readIdSource,
  readQueryTree,
} from '../../../../src/indexing/rows/read-query-tree.ts'

const VAR = '{VAR :varno 1 :varattno 1 :vartype 23 :location 1}'

/** A query of one table as PostgreSQL 15 writes it, shortened. */
function tree(expression = VAR, facts = ':hasAggs false :distinctClause <>', resname = 'id') {
  return `({QUERY ${facts} :rtable ({RANGETBLENTRY :rtekind 0 :relid 900 :relkind v } {RANGETBLENTRY :rtekind 0 :relid 500 :relkind r })
 :targetList ({TARGETENTRY :expr ${expression} :resno 1 :resname ${resname} :ressortgroupref 0 :resorigtbl 500 :resorigcol 3 :resjunk false})})`
}

test('what a query names is found by its number', () => {
  const call =
    '{FUNCEXPR :funcid 77 :funcresulttype 25 :args ({OPEXPR :opno 5 :opfuncid 78 :opresulttype 16 :args <>})}'
  expect(readQueryTree(tree(call))).toEqual({
    relations: [900, 500],
    functions: [77, 78],
    types: [25, 16],
    readTypes: [],
    dependsOnMore: false,
  })
})

test('a type that text is turned into is told from those within its argument', () => {
  const inner = '{RELABELTYPE :arg {VAR :vartype 25} :resulttype 1043}'
  const found = readQueryTree(tree(`{COERCEVIAIO :arg ${inner} :resulttype 1082 :location 5}`))
  expect(found).toMatchObject({ readTypes: [1082], types: [25, 1043, 1082] })
})

test('the time, the user and chance are found, and names that look like them are not', () => {
  expect(readQueryTree(tree('{SQLVALUEFUNCTION :op 0 :type 1082}')).dependsOnMore).toBe(true)
  const named = readQueryTree(tree(VAR, undefined, '\\{SQLVALUEFUNCTION\\ :funcid\\ 9\\}'))
  expect(named).toMatchObject({ dependsOnMore: false, functions: [] })
})

test('the id of a document is that of a row only in a query that makes one of each', () => {
  expect(readIdSource(tree(), 'id')).toEqual({ table: 500, column: 3 })
  expect(readIdSource(tree(), 'other')).toBeUndefined()
  expect(readIdSource(tree(), undefined)).toBeUndefined()
  expect(readIdSource(tree().replace(':resorigtbl 500', ':resorigtbl 0'), 'id')).toBeUndefined()
  expect(isAboutOneTable(tree(), 900)).toBe(true)
  for (const facts of [
    ':hasAggs true',
    ':hasSubLinks true',
    ':distinctClause ({X})',
    ':limitCount {CONST }',
    ':groupClause ({X})',
  ])
    expect(isAboutOneTable(tree(VAR, facts), 900)).toBe(false)
  for (const beside of [
    ':rtekind 0 :relid 501 :relkind r',
    ':rtekind 0 :relid 502 :inh true :relkind v',
    ':rtekind 3',
  ]) {
    const joined = tree().replace(':targetList', `{RANGETBLENTRY ${beside} } :targetList`)
    expect(isAboutOneTable(joined, 900)).toBe(false)
  }
  expect(isAboutOneTable(tree(), 901)).toBe(false)
})
