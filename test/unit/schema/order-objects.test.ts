import { expect, test } from 'vitest'
import type { OrderableObject } from '../../../src/schema/break-circles.ts'
import { orderObjects } from '../../../src/schema/order-objects.ts'
import type { ObjectKind, Section } from '../../../src/schema/schema-object.ts'

interface Given {
  readonly section?: Section
  readonly hasPlaceholder?: boolean
}

/** An object whose id is its name. */
function object(
  kind: ObjectKind,
  id: string,
  dependsOn: readonly string[] = [],
  given: Given = {},
): OrderableObject {
  const { section = 'pre-data', hasPlaceholder = kind === 'view' } = given
  const identity = `${kind.toUpperCase()} public.${id}`
  const create = [`CREATE ${identity}`]
  return {
    id,
    kind,
    identity,
    schema: 'public',
    section,
    create,
    describe: [],
    grants: [],
    grantedTo: [],
    owner: undefined,
    dependsOn,
    placeholderDependsOn: [],
    ...(hasPlaceholder ? { placeholder: [`CREATE ${identity} AS placeholder`] } : {}),
  }
}

const idsOf = (objects: readonly OrderableObject[]) => orderObjects(objects).objects.map(({ id }) => id)

test('objects are ordered by kind and name, each after what it needs', () => {
  const objects = [
    object('table', 'b', ['f']),
    object('table', 'a', ['z']),
    object('sequence', 'z'),
    object('function', 'f', ['c']),
    object('table', 'c'),
    object('index', 'i', ['a'], { section: 'post-data' }),
  ]
  expect(idsOf(objects)).toEqual(['c', 'f', 'z', 'a', 'b', 'i'])
  expect(idsOf([...objects].reverse())).toEqual(['c', 'f', 'z', 'a', 'b', 'i'])
})

test('views that need each other are replaced after placeholders', () => {
  const { objects, unsupported } = orderObjects([object('view', 'a', ['b']), object('view', 'b', ['a'])])
  expect(unsupported).toEqual([])
  expect(objects.map(({ id }) => id)).toEqual(['a:placeholder', 'b:placeholder', 'a', 'b'])
  expect(objects.map(({ create }) => create[0])).toEqual([
    'CREATE VIEW public.a AS placeholder',
    'CREATE VIEW public.b AS placeholder',
    'CREATE OR REPLACE VIEW public.a',
    'CREATE OR REPLACE VIEW public.b',
  ])
})

test('a view that needs a primary key comes with it, and so does what needs the view', () => {
  const key = object('constraint', 'key', ['t'], { section: 'post-data' })
  const objects = [object('table', 't'), key, object('view', 'v', ['key']), object('function', 'f', ['v'])]
  const ordered = orderObjects(objects).objects
  expect(
    ordered
      .filter(({ section }) => section === 'post-data')
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['f', 'key', 'v'])
})

test('a table gets a placeholder of the view that it needs while the view needs a primary key', () => {
  const key = object('constraint', 'key', ['t'], { section: 'post-data' })
  const objects = [object('table', 't'), key, object('view', 'v', ['key']), object('table', 'of_v', ['v'])]
  const { objects: ordered, unsupported } = orderObjects(objects)
  expect(unsupported).toEqual([])
  expect(ordered.map(({ id, section }) => `${id} ${section}`)).toEqual([
    'v:placeholder pre-data',
    'of_v pre-data',
    't pre-data',
    'key post-data',
    'v post-data',
  ])
})

test('what nothing can break is listed by name, with what needs it', () => {
  const objects = [object('domain', 'a', ['b']), object('domain', 'b', ['a']), object('table', 't', ['a'])]
  const { objects: ordered, unsupported } = orderObjects(objects)
  expect(ordered).toEqual([])
  expect(unsupported.map(({ identity }) => identity)).toEqual([
    'DOMAIN public.a',
    'DOMAIN public.b',
    'TABLE public.t',
  ])
})
