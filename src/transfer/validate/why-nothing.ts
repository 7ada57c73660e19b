import type { Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import { KIND_NAMES } from '../../postgres/catalog/list-relations.ts'
import type { Selection, SourceCatalog, SourceRelation } from '../inspect/inspection.ts'
import { isSelected } from '../inspect/select-relations.ts'
import { errorFinding } from './finding.ts'

const MOST_SCHEMAS = 5

/** Why a selection includes no table: because of its patterns, or because there is none. */
export function whyNothing(selection: Selection, { server, relations }: SourceCatalog): Finding {
  const { name, database } = server
  const tables = relations.filter(({ kind }) => kind === 'table' || kind === 'partitioned')
  if (tables.length > 0) {
    const isLeftEmpty = !tables.some((table) => isSelected({ ...selection, only: [] }, table))
    return errorFinding(
      name,
      'the profile selects no table of the source',
      isLeftEmpty
        ? `\`include\` and \`exclude\` of the profile select no table. The tables are in: ${schemasOf(tables)}.`
        : 'Check --table: it names none of the tables that `include` and `exclude` select.',
    )
  }
  const [other] = relations.filter(({ kind }) => kind !== 'sequence' && kind !== 'index')
  if (other === undefined) {
    return errorFinding(
      name,
      'the source has no tables',
      `Check the database at the end of its URL: it is "${database}". A URL without a database means the one named like the user.`,
    )
  }
  return errorFinding(
    name,
    `the source has no table of its own: ${displayName(other.name)} is ${KIND_NAMES[other.kind]}`,
    `Views, foreign tables and the tables of extensions are not copied. Check the database at the end of the URL: it is "${database}".`,
  )
}

function schemasOf(relations: readonly SourceRelation[]): string {
  const schemas = [...new Set(relations.map(({ name }) => name.schema))]
  return [...schemas.slice(0, MOST_SCHEMAS), ...(schemas.length > MOST_SCHEMAS ? ['…'] : [])].join(', ')
}
