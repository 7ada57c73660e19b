import type { Finding } from '../../core/finding.ts'
import type { ControlPlane } from './control-plane.ts'
import { isFailure } from './failure.ts'

/** Tries what can be tried without writing: whether the key may read what a run reads. Writes show their lack only in a run. */
export async function checkPrivileges(control: ControlPlane, name: string): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { action, isForRebuild, ask } of probesOf(control, name)) {
    const isAllowed = await ask().then(
      () => true,
      (error: unknown) => {
        if (isFailure(error, 'forbidden')) return false
        // That there is no such collection or alias is told elsewhere, and shows that the key may ask.
        if (isFailure(error, 'missing')) return true
        throw error
      },
    )
    if (!isAllowed) findings.push(lacking(name, action, isForRebuild))
  }
  return findings
}

interface Probe {
  readonly action: string
  readonly isForRebuild: boolean
  ask(): Promise<unknown>
}

function probesOf({ transport, call }: ControlPlane, name: string): Probe[] {
  const path = `/collections/${encodeURIComponent(name)}`
  const filter = encodeURIComponent('id:[`mbsync asks whether it may export`]')
  const exportNothing = `${path}/documents/export?include_fields=id&filter_by=${filter}`
  return [
    {
      action: 'collections:get',
      isForRebuild: false,
      ask: () => call((client) => client.collections(name).retrieve()),
    },
    {
      action: 'documents:export',
      isForRebuild: false,
      ask: () => transport.repeat(() => transport.send({ method: 'GET', path: exportNothing })),
    },
    {
      action: 'aliases:get',
      isForRebuild: true,
      ask: () => call((client) => client.aliases(name).retrieve()),
    },
    { action: 'aliases:list', isForRebuild: true, ask: () => call((client) => client.aliases().retrieve()) },
    {
      action: 'synonyms:list',
      isForRebuild: true,
      ask: () => call(({ apiCall }) => apiCall.get(`${path}/synonyms`)),
    },
    {
      action: 'overrides:list',
      isForRebuild: true,
      ask: () => call(({ apiCall }) => apiCall.get(`${path}/overrides`)),
    },
  ]
}

/** Only a rebuild needs some of them: their lack does not stop a run without one. */
function lacking(name: string, action: string, isForRebuild: boolean): Finding {
  return {
    severity: isForRebuild ? 'note' : 'error',
    subject: name,
    message: isForRebuild
      ? `The API key lacks ${action}, without which the collection cannot be rebuilt`
      : `The API key is unknown or lacks ${action} for ${name}`,
    hint: `A key needs ${ALWAYS}; to create or rebuild, also ${TO_REBUILD}; all for the collections ${name} and ${name}_.*`,
  }
}

const ALWAYS = 'collections:get, collections:update, documents:import, documents:delete and documents:export'
const TO_REBUILD =
  'collections:create, collections:delete, aliases:get, aliases:list, aliases:create, and (up to version 29) synonyms:* and overrides:*'
