import { countOf } from '../../core/count-of.ts'
import type { Finding } from '../../core/finding.ts'
import { groupBy } from '../../core/group-by.ts'
import { displayIdentifier, displayName } from '../../core/table-name.ts'
import { patternOf } from '../../core/table-pattern.ts'
import type { Selection, SourceRelation } from '../inspection.ts'
import { isLeftAlone, isMatched, isTable } from '../select-relations.ts'
import { noteFinding } from './finding.ts'

const MOST_SCHEMAS = 12

/** What the patterns of a selection match and the run leaves alone all the same: said, so that it is no surprise, and can be asked for. */
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
    ...tables.filter(({ platform }) => platform === undefined).map(ofTool),
  ]
}

function ofPlatform(platform: string, tables: readonly SourceRelation[]): Finding {
  const schemas = [...new Set(tables.map(({ name }) => displayIdentifier(name.schema)))]
  const shown = [...schemas.slice(0, MOST_SCHEMAS), ...(schemas.length > MOST_SCHEMAS ? ['…'] : [])].join(
    ', ',
  )
  const example = tables.find(({ history }) => history === undefined) ?? tables[0]
  const pattern = example === undefined ? '' : patternOf(example.name)
  return noteFinding(
    shown,
    `${countOf(tables.length, 'table')} of ${platform} left out, except what \`include\` names, such as '${pattern}'`,
  )
}

function ofTool({ name, history }: SourceRelation): Finding {
  return noteFinding(
    displayName(name),
    `holds the history of migrations (${history?.tool}) and is left alone, unless \`include\` has its exact name`,
  )
}
