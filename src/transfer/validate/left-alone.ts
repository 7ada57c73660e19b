import { countOf } from '../../core/count-of.ts'
import type { Finding } from '../../core/finding.ts'
import { groupBy } from '../../core/group-by.ts'
import { displayIdentifier, displayName } from '../../core/table-name.ts'
import { patternOf } from '../../core/table-pattern.ts'
import type { Selection, SourceRelation } from '../inspect/inspection.ts'
import { isLeftAlone, isMatched, isTable } from '../inspect/select-relations.ts'
import { noteFinding } from './finding.ts'

const MOST_SCHEMAS = 12
/** More histories than this share one note. */
const MOST_HISTORIES = 3

/**
 * Notes the tables that the patterns of a selection match and that the run still leaves alone, so that users are not surprised, and can
 * request them.
 */
export function describeLeftAlone(selection: Selection, relations: readonly SourceRelation[]): Finding[] {
  const tables = relations.filter(
    (each) => isTable(each) && isMatched(selection, each.name) && isLeftAlone(selection, each),
  )
  const ofPlatforms = groupBy(
    tables.filter(({ platform }) => platform !== undefined),
    ({ platform = '' }) => platform,
  )
  return [
    ...[...ofPlatforms].map(([platform, own]) => ofPlatform(platform, own)),
    ...histories(tables.filter(({ platform }) => platform === undefined)),
  ]
}

function ofPlatform(platform: string, tables: readonly SourceRelation[]): Finding {
  const example = tables.find(({ history }) => history === undefined) ?? tables[0]
  const pattern = example === undefined ? '' : patternOf(example.name)
  return noteFinding(
    schemasOf(tables),
    `${countOf(tables.length, 'table')} of ${platform} left out, except what \`include\` names, such as '${pattern}'`,
  )
}

function schemasOf(tables: readonly SourceRelation[]): string {
  return someOf(tables.map(({ name }) => displayIdentifier(name.schema)))
}

function someOf(names: readonly string[]): string {
  const own = [...new Set(names)]
  return [...own.slice(0, MOST_SCHEMAS), ...(own.length > MOST_SCHEMAS ? ['…'] : [])].join(', ')
}

function histories(tables: readonly SourceRelation[]): Finding[] {
  const [first] = tables
  if (first === undefined || tables.length <= MOST_HISTORIES) return tables.map(ofTool)
  const tools = someOf(tables.flatMap(({ history }) => history?.tool ?? []))
  return [
    noteFinding(
      schemasOf(tables),
      `${tables.length} tables hold histories of migrations (${tools}) and are left alone, unless \`include\` has their exact names, such as '${patternOf(first.name)}'`,
    ),
  ]
}

function ofTool({ name, history }: SourceRelation): Finding {
  return noteFinding(
    displayName(name),
    `holds the history of migrations (${history?.tool}) and is left alone, unless \`include\` has its exact name`,
  )
}
