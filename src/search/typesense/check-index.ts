import type { CollectionSchema } from 'typesense'
import type { DocumentColumn, SearchFinding } from '../search-index.ts'
import { checkColumns } from './check-columns.ts'
import { checkFields } from './check-fields.ts'
import { checkPrivileges, mayRead } from './check-privileges.ts'
import { checkSchema } from './check-schema.ts'
import { checkServer } from './check-server.ts'
import { fieldChanges } from './compare-fields.ts'
import type { ControlPlane } from './control-plane.ts'
import { findLeftBehind } from './find-left-behind.ts'
import { findLive } from './live-collection.ts'
import { checkReferences } from './references.ts'
import type { CollectionSettings, TypesenseSettings } from './typesense-settings.ts'

/** Finds what would fail on the server, in the schema, and with the columns of the documents. Changes nothing. */
export async function checkIndex(
  control: ControlPlane,
  settings: TypesenseSettings,
  columns: readonly DocumentColumn[],
): Promise<SearchFinding[]> {
  const { collection, schema, creates } = settings
  const wrong = schema === undefined ? [] : checkFields(collection, schema)
  if (wrong.length > 0) return wrong
  const server = await checkServer(control, collection)
  if (!server.isReachable) return server.findings
  const unreadable = await mayRead(control, collection)
  if (unreadable.length > 0) return [...server.findings, ...unreadable]
  const live = (await findLive(control, collection))?.schema
  const privileges = await checkPrivileges(control, {
    name: collection,
    live,
    isRebuild: creates === 'replacement' || (creates === 'missing' && live === undefined),
    isAdjusting: schema !== undefined && live !== undefined && changesFields(schema, live),
  })
  const findings: SearchFinding[] = [...server.findings, ...privileges]
  if (privileges.some(({ severity }) => severity === 'error')) return findings
  if (live === undefined) findings.push(...(await missing(control, settings)))
  else if (schema !== undefined && creates !== 'replacement')
    findings.push(...checkSchema(collection, schema, live))
  if (live !== undefined) {
    const isRebuild = creates === 'replacement'
    findings.push(...(await checkReferences(control, collection, live, isRebuild, settings.together ?? [])))
    findings.push(...(await findLeftBehind(control, collection, live.name)))
  }
  const effective: CollectionSettings | undefined = schema ?? live
  if (effective !== undefined) {
    const found = checkColumns(collection, effective, columns)
    // What a collection may have that is used as it is does not concern the query.
    findings.push(...found.filter(({ severity }) => schema !== undefined || severity === 'error'))
  }
  return findings
}

function changesFields(schema: CollectionSettings, live: CollectionSchema): boolean {
  const { added, altered } = fieldChanges(schema, live)
  return added.length + altered.length > 0
}

async function missing(
  control: ControlPlane,
  { collection, schema, creates }: TypesenseSettings,
): Promise<SearchFinding[]> {
  if (creates !== 'nothing' && schema !== undefined) return []
  const alias = await control.find((client) => client.aliases(collection).retrieve())
  return [
    {
      isMissing: true,
      severity: 'error',
      subject: collection,
      message:
        alias === undefined
          ? 'The collection does not exist'
          : `The alias points to ${alias.collection_name}, which does not exist`,
      hint:
        schema === undefined
          ? 'Create it on the server, or give its `fields` in the configuration so that mbsync can.'
          : 'Let mbsync create it with `mbsync typesense --create`, or check the name.',
    },
  ]
}
