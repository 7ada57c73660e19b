import type { CollectionSchema } from 'typesense'
import type { Finding } from '../../core/finding.ts'
import type { ControlPlane } from './control-plane.ts'
import { isFailure, TypesenseFailure } from './failure.ts'
import type { TypesenseRequest } from './open-reply.ts'

/** What a run is going to do, as far as a key needs to be allowed it. */
export interface Intent {
  /** The name that searches use. */
  readonly name: string
  readonly live: CollectionSchema | undefined
  /** Whether it makes a collection and leads searches to it. */
  readonly isRebuild: boolean
  /** Whether it changes the fields of the live collection. */
  readonly isAdjusting: boolean
}

/**
 * Asks for every action that a run needs, or that a rebuild would, in a way that changes nothing: a server looks at the key before it finds
 * that there is nothing to do. Aliases and collections are asked for by the names that the run will use.
 */
export async function checkPrivileges(control: ControlPlane, intent: Intent): Promise<Finding[]> {
  const probes = [...runProbes(intent), ...(await rebuildProbes(control, intent))]
  const answers = await Promise.all(probes.map((probe) => isAllowed(control, probe)))
  return probes.flatMap((probe, at) => (answers[at] === true ? [] : [lacking(intent, probe)]))
}

/** Whether a key may read the collection that a name leads to, which all else begins with. */
export async function mayRead(control: ControlPlane, name: string): Promise<Finding[]> {
  const probe = { action: 'collections:get', on: name, purpose: 'run', request: get(pathOf(name)) } as const
  const intent = { name, live: undefined, isRebuild: false, isAdjusting: false }
  return (await isAllowed(control, probe)) ? [] : [lacking(intent, probe)]
}

interface Probe {
  readonly action: string
  /** The collection; undefined for what keys are not limited to collections for. */
  readonly on: string | undefined
  readonly purpose: 'run' | 'adjust' | 'rebuild'
  readonly request: TypesenseRequest
}

function runProbes({ name, live }: Intent): Probe[] {
  if (live === undefined) return []
  const on = live.name
  const update = { action: 'collections:update', on, purpose: 'adjust', request: patchNothing(on) } as const
  const own =
    on === name ? [] : [{ action: 'collections:get', on, purpose: 'run', request: get(pathOf(on)) } as const]
  return [...own, update, ...documentProbes(on, 'run')]
}

/** A name such as new collections have. */
function newName(name: string): string {
  return `${name}_${'0'.repeat(17)}`
}

async function rebuildProbes(control: ControlPlane, { name, live }: Intent): Promise<Probe[]> {
  const on = newName(name)
  const purpose = 'rebuild'
  const alias = `/aliases/${encodeURIComponent(name)}`
  const create = JSON.stringify({ name: on })
  return [
    {
      action: 'collections:create',
      on,
      purpose,
      request: { method: 'POST', path: '/collections', body: create },
    },
    { action: 'collections:get', on, purpose, request: get(pathOf(on)) },
    { action: 'collections:update', on, purpose, request: patchNothing(on) },
    { action: 'collections:delete', on, purpose, request: { method: 'DELETE', path: pathOf(on) } },
    ...documentProbes(on, purpose),
    { action: 'aliases:get', on: undefined, purpose, request: get(alias) },
    { action: 'aliases:list', on: undefined, purpose, request: get('/aliases') },
    { action: 'aliases:upsert', on: undefined, purpose, request: { method: 'PUT', path: alias, body: '{}' } },
    ...(live === undefined ? [] : await ruleProbes(control, live.name, on)),
  ]
}

function documentProbes(on: string, purpose: Probe['purpose']): Probe[] {
  const documents = `${pathOf(on)}/documents`
  const nothing = 'mbsync-asks-whether-it-may'
  const filter = encodeURIComponent(`id:[\`${nothing}\`]`)
  const send: TypesenseRequest = { method: 'POST', path: `${documents}/import?action=upsert`, body: '' }
  const remove: TypesenseRequest = { method: 'DELETE', path: `${documents}/${nothing}?ignore_not_found=true` }
  const read = get(`${documents}/export?include_fields=id&filter_by=${filter}`)
  return [
    { action: 'documents:import', on, purpose, request: send },
    { action: 'documents:delete', on, purpose, request: remove },
    { action: 'documents:export', on, purpose, request: read },
  ]
}

/** Rules are carried over, so that what reads them is needed in any case, and what writes them if there are any. */
async function ruleProbes({ transport }: ControlPlane, from: string, on: string): Promise<Probe[]> {
  const probes: Probe[] = []
  for (const kind of ['synonyms', 'overrides']) {
    const list = get(`${pathOf(from)}/${kind}`)
    probes.push({ action: `${kind}:list`, on: from, purpose: 'rebuild', request: list })
    const found = await transport.repeat(() => transport.send(list), ATTEMPTS).catch(() => '')
    if (!found.includes('"id"')) continue
    const request: TypesenseRequest = { method: 'PUT', path: `${pathOf(on)}/${kind}/none`, body: '{}' }
    probes.push({ action: `${kind}:upsert`, on, purpose: 'rebuild', request })
  }
  return probes
}

const ATTEMPTS = 3

async function isAllowed({ transport }: ControlPlane, { request }: Probe): Promise<boolean> {
  try {
    await transport.repeat(() => transport.send(request), ATTEMPTS)
    return true
  } catch (error) {
    if (isFailure(error, 'forbidden')) return false
    // Whatever else goes wrong says nothing against the key, and is met again by the run.
    if (error instanceof TypesenseFailure) return true
    throw error
  }
}

function get(path: string): TypesenseRequest {
  return { method: 'GET', path }
}

/** A change of nothing, which is refused as that. */
function patchNothing(name: string): TypesenseRequest {
  return { method: 'PATCH', path: pathOf(name), body: '{}' }
}

function pathOf(name: string): string {
  return `/collections/${encodeURIComponent(name)}`
}

/** What the run does not do does not stop it. */
function lacking({ name, isRebuild, isAdjusting }: Intent, { action, on, purpose }: Probe): Finding {
  const needed = on === undefined ? action : `${action} on ${on}`
  const hint = `A key needs ${ALWAYS}; to create or rebuild, also ${TO_REBUILD}; all for the collections ${name} and ${name}_.*`
  const isNeeded = purpose === 'run' || (purpose === 'rebuild' ? isRebuild : isAdjusting)
  if (isNeeded)
    return { severity: 'error', subject: name, message: `The API key is unknown or lacks ${needed}`, hint }
  const without =
    purpose === 'rebuild'
      ? 'the collection cannot be rebuilt'
      : 'the fields of the collection cannot be changed'
  const message = `The API key lacks ${needed}, without which ${without}`
  return { severity: 'note', subject: name, message, hint }
}

const ALWAYS = 'collections:get, collections:update, documents:import, documents:delete and documents:export'
const TO_REBUILD =
  'collections:create, collections:delete, aliases:get, aliases:list, aliases:upsert, and (up to version 29) synonyms:* and overrides:*'
