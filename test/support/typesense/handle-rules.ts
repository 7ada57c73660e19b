import { notFound } from './api-error.ts'
import { type Call, collectionOf, json, jsonBody, param, type Reply } from './call.ts'
import type { Document } from './collection.ts'
import type { Store } from './store.ts'

/** The handlers of one kind of rules. */
export interface RuleHandlers {
  list(call: Call): Reply
  get(call: Call): Reply
  put(call: Call): Reply
  remove(call: Call): Reply
}

/** Handles /collections/:collection/synonyms and overrides, as they were up to version 29. */
export function rulesOfCollection(kind: 'synonyms' | 'overrides'): RuleHandlers {
  return {
    list: (call) => {
      const collection = collectionOf(call)
      // The log has them behind what was there before them.
      return json({ [kind]: collection.replayed < 1 ? [] : [...collection[kind].values()] })
    },
    get: (call) => json(found(collectionOf(call)[kind], param(call, 'id'))),
    put: (call) => {
      const rule = { ...jsonBody(call), id: param(call, 'id') }
      collectionOf(call)[kind].set(rule.id, rule)
      return json(rule)
    },
    remove: (call) => {
      const id = param(call, 'id')
      found(collectionOf(call)[kind], id)
      collectionOf(call)[kind].delete(id)
      return json({ id })
    },
  }
}

/** Handles /presets, whose values are searches. */
export function listPresets({ store }: Call): Reply {
  return json({ presets: [...store.presets.values()] })
}

/** Throws what a server says of a collection that is to name sets of rules which are not there; one that names them stays as it is when they are deleted. */
export function expectSets(store: Store, { synonym_sets = [], curation_sets = [] }: Document): void {
  for (const name of synonym_sets as string[])
    if (!store.synonymSets.has(name)) throw notFound(`Synonym set \`${name}\` not found.`)
  for (const name of curation_sets as string[])
    if (!store.curationSets.has(name)) throw notFound(`Curation set \`${name}\` not found.`)
}

/** Handles /synonym_sets and /curation_sets, which version 30 has in their place. */
export function ruleSets(kind: 'synonymSets' | 'curationSets'): RuleHandlers {
  return {
    list: ({ store }) => json([...store[kind].values()]),
    get: (call) => json(found(call.store[kind], param(call, 'name'))),
    put: (call) => {
      const set = { ...jsonBody(call), name: param(call, 'name') }
      call.store[kind].set(set.name, set)
      return json(set)
    },
    remove: (call) => {
      const name = param(call, 'name')
      found(call.store[kind], name)
      call.store[kind].delete(name)
      return json({ name })
    },
  }
}

/** Handles the items of /synonym_sets/:name and /curation_sets/:name. */
export function ruleItems(kind: 'synonymSets' | 'curationSets'): RuleHandlers {
  const setOf = (call: Call) => found(call.store[kind], param(call, 'name'))
  const itemsOf = (call: Call) => (setOf(call).items ?? []) as Document[]
  const others = (call: Call) => itemsOf(call).filter(({ id }) => id !== param(call, 'id'))
  const keep = (call: Call, items: readonly Document[]) =>
    call.store[kind].set(param(call, 'name'), { ...setOf(call), items })
  const itemOf = (call: Call) => {
    const item = itemsOf(call).find(({ id }) => id === param(call, 'id'))
    if (item === undefined) throw notFound('Could not find that `id`.')
    return item
  }
  return {
    list: (call) => json(itemsOf(call)),
    get: (call) => json(itemOf(call)),
    put: (call) => {
      const item = { ...jsonBody(call), id: param(call, 'id') }
      keep(call, [...others(call), item])
      return json(item)
    },
    remove: (call) => {
      const { id } = itemOf(call)
      keep(call, others(call))
      return json({ id })
    },
  }
}

function found(rules: ReadonlyMap<string, Document>, name: string): Document {
  const rule = rules.get(name)
  if (rule === undefined) throw notFound('Could not find that `id`.')
  return rule
}
