import { expect, test } from 'vitest'
import { TableSet } from '../../../src/core/table-map.ts'
import { chooseObjects, withoutObjects } from '../../../src/schema/choose-objects.ts'
import type { CreatableObject } from '../../../src/schema/creatable-object.ts'

const named = (name: string) => ({ schema: 's', name })

function object(kind: string, identity: string, facts: Partial<CreatableObject> = {}): CreatableObject {
  const nothing = { create: [], describe: [], grants: [], dependsOn: [] }
  return { id: identity, kind, identity, section: 'pre-data', ...nothing, ...facts }
}

const table = (name: string, facts: Partial<CreatableObject> = {}, parent?: string) =>
  object('table', `TABLE s.${name}`, {
    table: { name: named(name), partitionOf: parent === undefined ? undefined : { parent: named(parent) } },
    ...facts,
  })
const foreignKey = (of: string, to: string) =>
  object('constraint', `CONSTRAINT ${of}_${to} ON s.${of}`, {
    of: named(of),
    section: 'post-data',
    dependsOn: [`TABLE s.${of}`, `TABLE s.${to}`, `CONSTRAINT key ON s.${to}`],
  })
const key = (of: string) =>
  object('constraint', `CONSTRAINT key ON s.${of}`, { of: named(of), dependsOn: [`TABLE s.${of}`] })

const ALL = [
  object('schema', 'SCHEMA s'),
  object('type', 'TYPE s.mood', { dependsOn: ['SCHEMA s'] }),
  object('function', 'FUNCTION s.f()', { dependsOn: ['SCHEMA s'] }),
  table('a_part', {}, 'log'),
  table('child', { dependsOn: ['TYPE s.mood'] }),
  table('log'),
  table('parent'),
  object('partition', 'PARTITION s.a_part', {
    of: named('a_part'),
    dependsOn: ['TABLE s.a_part', 'TABLE s.log'],
  }),
  object('view', 'VIEW s.v', { dependsOn: ['TABLE s.child'] }),
  key('parent'),
  key('log'),
  foreignKey('child', 'parent'),
  object('trigger', 'TRIGGER t ON s.child', {
    of: named('child'),
    dependsOn: ['TABLE s.child', 'FUNCTION s.f()'],
  }),
]

function choose(tables: readonly string[] | undefined, existing: readonly string[] = []) {
  const wanted = tables && new TableSet(tables.map(named))
  const { objects, withoutParent } = chooseObjects(ALL, {
    tables: wanted,
    exists: (identity) => existing.includes(identity),
  })
  return [objects, withoutParent].map((list) => list.map(({ identity }) => identity))
}

test('all of an empty target is what is not there yet', () => {
  expect(choose(undefined, ['SCHEMA s'])).toEqual([ALL.slice(1).map(({ identity }) => identity), []])
})

test('a table comes with what is its own and with what it needs', () => {
  expect(choose(['child'], ['SCHEMA s', 'TABLE s.parent'])).toEqual([
    [
      'TYPE s.mood',
      'FUNCTION s.f()',
      'TABLE s.child',
      'CONSTRAINT child_parent ON s.child',
      'TRIGGER t ON s.child',
    ],
    [],
  ])
})

test('a foreign key to a table that will not be there is left out', () => {
  const [objects, withoutParent] = choose(['child'])
  expect(objects).not.toContain('TABLE s.parent')
  expect(withoutParent).toEqual(['CONSTRAINT child_parent ON s.child'])
  expect(choose(['child', 'parent'])[1]).toEqual([])
})

test('partitions come with their table, wherever they stand', () => {
  expect(choose(['log'])[0]).toEqual([
    'TABLE s.a_part',
    'TABLE s.log',
    'PARTITION s.a_part',
    'CONSTRAINT key ON s.log',
  ])
})

test('what needs something that is left out is left out, too', () => {
  const { kept, dependents } = withoutObjects(ALL, new Set(['TYPE s.mood']))
  expect(dependents.map(({ identity }) => identity)).toEqual([
    'TABLE s.child',
    'VIEW s.v',
    'CONSTRAINT child_parent ON s.child',
    'TRIGGER t ON s.child',
  ])
  expect(kept).toHaveLength(ALL.length - 5)
})
