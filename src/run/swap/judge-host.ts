import { countOf } from '../../core/count-of.ts'
import { coded, type Finding } from '../../core/finding.ts'
import { groupBy } from '../../core/group-by.ts'
import { displayIdentifier } from '../../core/table-name.ts'
import { listRelations } from '../../postgres/catalog/list-relations.ts'
import type { Session } from '../../postgres/session.ts'
import { errorFinding } from '../../transfer/validate/finding.ts'

/** Whether the target has tables of its host, which a database would lack that the host has not created. No privilege changes that. */
export async function judgeHost(session: Session): Promise<Finding[]> {
  const owned = (await listRelations(session)).flatMap(({ name, kind, platform }) => {
    const isTable = kind === 'table' || kind === 'partitioned'
    return isTable && platform !== undefined && !platform.startsWith('the extension ')
      ? [{ schema: name.schema, platform }]
      : []
  })
  return coded(
    'swap',
    [...groupBy(owned, ({ platform }) => platform)].map(([platform, tables]) => {
      const schemas = [...new Set(tables.map(({ schema }) => displayIdentifier(schema)))].sort()
      return errorFinding(
        schemas.join(', '),
        `${countOf(tables.length, 'table')} of ${platform} would be missing in the new database, because ${platform} creates them itself`,
        'Write the target in place: `strategy: merge`, with `schema: follow` if the schemas differ, or a load if all tables are empty.',
      )
    }),
  )
}
