import { expect, test } from 'vitest'
import { leaveOut } from '../../../src/schema/order-objects.ts'
import type { SchemaObject } from '../../../src/schema/schema-object.ts'

function object(id: string, dependsOn: readonly string[] = [], placeholderOf?: string): SchemaObject {
  return {
    id,
    kind: 'view',
    identity: `VIEW public.${placeholderOf ?? id}`,
    schema: 'public',
    section: 'pre-data',
    create: [],
    describe: [],
    owner: undefined,
    grants: [],
    dependsOn,
    ...(placeholderOf === undefined ? {} : { placeholderOf }),
  }
}

const BASE = { id: 'base', identity: 'TYPE public.base', reason: 'it is written in C' }

test('what needs an unsupported object is left out with the reason, however far away it is', () => {
  const all = [object('a', ['base']), object('b'), object('c', ['b', 'a']), object('d', ['b'])]
  const { objects, unsupported } = leaveOut(all, [BASE])
  expect(objects.map(({ id }) => id)).toEqual(['b', 'd'])
  expect(unsupported).toEqual([
    BASE,
    {
      id: 'a',
      identity: 'VIEW public.a',
      reason: 'it needs TYPE public.base, which cannot be created',
    },
    {
      id: 'c',
      identity: 'VIEW public.c',
      reason: 'it needs VIEW public.a, which cannot be created',
    },
  ])
})

test('an object that is unsupported by itself keeps its own reason', () => {
  const itself = {
    id: 'a',
    identity: 'VIEW public.a',
    reason: 'it and objects that it needs depend on each other',
  }
  expect(leaveOut([object('a', ['base'])], [BASE, itself])).toEqual({
    objects: [],
    unsupported: [BASE, itself],
  })
})

test('a view and its placeholder are one', () => {
  const all = [object('a:placeholder', ['base'], 'a'), object('a', ['a:placeholder'])]
  const { objects, unsupported } = leaveOut(all, [BASE])
  expect(objects).toEqual([])
  expect(unsupported.map(({ identity }) => identity)).toEqual(['TYPE public.base', 'VIEW public.a'])
})
