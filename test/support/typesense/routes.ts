import type { Call, Reply } from './call.ts'
import { json } from './call.ts'
import { deleteDocument, deleteDocuments } from './delete-documents.ts'
import type { Operation } from './fault.ts'
import { deleteAlias, getAlias, listAliases, putAlias } from './handle-aliases.ts'
import {
  createCollection,
  dropCollection,
  getCollection,
  listCollections,
  listSchemaChanges,
  patchCollection,
} from './handle-collections.ts'
import { deleteKey, getKey, listKeys, postKey } from './handle-keys.ts'
import { listPresets, type RuleHandlers, ruleItems, ruleSets, rulesOfCollection } from './handle-rules.ts'
import { importDocuments } from './import-documents.ts'
import { exportDocuments, getDocument, searchDocuments } from './read-documents.ts'
import type { Version } from './store.ts'
import { patchDocument, postDocument } from './write-documents.ts'

/** A kind of request: how it is recognised, what a key must be allowed, and what it does. */
export interface Route {
  readonly method: string
  readonly path: readonly string[]
  readonly operation: Operation
  readonly action: string
  readonly handle: (call: Call) => Reply | Promise<Reply>
}

const DOCUMENTS = 'collections/:collection/documents'

const COMMON = [
  route('GET health', 'health', '', ({ store: { health } }) =>
    json(
      { ok: health.isOk, ...(health.resourceError && { resource_error: health.resourceError }) },
      health.isOk ? 200 : 503,
    ),
  ),
  route('GET debug', 'health', 'debug:list', ({ store }) => json({ state: 1, version: store.version })),
  route('GET stats.json', 'health', 'stats.json:list', ({ store: { restart } }) =>
    json({ pending_write_batches: restart?.replaying ?? 0 }),
  ),
  route('GET operations/schema_changes', 'health', 'operations:list', listSchemaChanges),
  route('GET collections', 'collection', 'collections:list', listCollections),
  route('POST collections', 'collection', 'collections:create', createCollection),
  route('GET collections/:collection', 'collection', 'collections:get', getCollection),
  route('PATCH collections/:collection', 'collection', 'collections:update', patchCollection),
  route('DELETE collections/:collection', 'collection', 'collections:delete', dropCollection),
  route(`POST ${DOCUMENTS}/import`, 'import', 'documents:import', importDocuments),
  route(`GET ${DOCUMENTS}/export`, 'export', 'documents:export', exportDocuments),
  route(`GET ${DOCUMENTS}/search`, 'search', 'documents:search', searchDocuments),
  route(`POST ${DOCUMENTS}`, 'document', 'documents:create', postDocument),
  route(`DELETE ${DOCUMENTS}`, 'delete', 'documents:delete', deleteDocuments),
  route(`GET ${DOCUMENTS}/:id`, 'document', 'documents:get', getDocument),
  route(`PATCH ${DOCUMENTS}/:id`, 'document', 'documents:update', patchDocument),
  route(`DELETE ${DOCUMENTS}/:id`, 'delete', 'documents:delete', deleteDocument),
  route('GET aliases', 'alias', 'aliases:list', listAliases),
  route('GET aliases/:alias', 'alias', 'aliases:get', getAlias),
  route('PUT aliases/:alias', 'alias', 'aliases:upsert', putAlias),
  route('DELETE aliases/:alias', 'alias', 'aliases:delete', deleteAlias),
  route('GET presets', 'rules', 'presets:list', listPresets),
  route('GET keys', 'keys', 'keys:list', listKeys),
  route('POST keys', 'keys', 'keys:create', postKey),
  route('GET keys/:id', 'keys', 'keys:get', getKey),
  route('DELETE keys/:id', 'keys', 'keys:delete', deleteKey),
]

const ROUTES: Readonly<Record<Version, readonly Route[]>> = {
  '29.0': [
    ...COMMON,
    ...ruleRoutes('collections/:collection/synonyms', ':id', 'synonyms', rulesOfCollection('synonyms')),
    ...ruleRoutes('collections/:collection/overrides', ':id', 'overrides', rulesOfCollection('overrides')),
  ],
  '30.1': [
    ...COMMON,
    ...ruleRoutes('synonym_sets', ':name', 'synonym_sets', ruleSets('synonymSets')),
    ...ruleRoutes('synonym_sets/:name/items', ':id', 'synonym_sets', ruleItems('synonymSets')),
    ...ruleRoutes('curation_sets', ':name', 'curation_sets', ruleSets('curationSets')),
    ...ruleRoutes('curation_sets/:name/items', ':id', 'curation_sets', ruleItems('curationSets')),
  ],
}

/** The route of a request and the parts of its path by name, or nothing. */
export function findRoute(
  version: Version,
  method: string,
  segments: readonly string[],
): { readonly route: Route; readonly params: Readonly<Record<string, string>> } | undefined {
  const found = ROUTES[version].find(
    (candidate) =>
      candidate.method === method &&
      candidate.path.length === segments.length &&
      candidate.path.every((part, index) => part.startsWith(':') || part === segments[index]),
  )
  if (found === undefined) return undefined
  const named = found.path.flatMap((part, index) =>
    part.startsWith(':') ? [[part.slice(1), segments[index] ?? '']] : [],
  )
  return { route: found, params: Object.fromEntries(named) }
}

function route(line: string, operation: Operation, action: string, handle: Route['handle']): Route {
  const [method = '', path = ''] = line.split(' ')
  return { method, path: path.split('/'), operation, action, handle }
}

function ruleRoutes(path: string, id: string, resource: string, rules: RuleHandlers): Route[] {
  return [
    route(`GET ${path}`, 'rules', `${resource}:list`, rules.list),
    route(`GET ${path}/${id}`, 'rules', `${resource}:get`, rules.get),
    route(`PUT ${path}/${id}`, 'rules', `${resource}:upsert`, rules.put),
    route(`DELETE ${path}/${id}`, 'rules', `${resource}:delete`, rules.remove),
  ]
}
