import leven from 'leven'
import { coded, type Finding } from '../../core/finding.ts'
import { TableSet } from '../../core/table-map.ts'
import { displayName, type TableName } from '../../core/table-name.ts'
import { matchesPattern, patternOf, type TablePattern } from '../../core/table-pattern.ts'
import { holdsData, KIND_NAMES } from '../../postgres/catalog/list-relations.ts'
import type { Selection, SourceCatalog, SourceRelation } from '../inspect/inspection.ts'
import { validateColumnRules } from './column-rules.ts'
import { errorFinding, noteFinding } from './finding.ts'
import { describeLeftAlone } from './left-alone.ts'
import { whyNothing } from './why-nothing.ts'

/** Patterns and conditions must match something. Otherwise a misspelt one would silently leave a table out. */
export function validateSelection(selection: Selection, source: SourceCatalog): Finding[] {
  const names = source.relations.filter(({ kind }) => holdsData(kind)).map((relation) => relation.name)
  const hasTables = source.relations.some(({ kind }) => kind === 'table' || kind === 'partitioned')
  const matchesNothing = (pattern: TablePattern) => !names.some((name) => matchesPattern(pattern, name))
  const selected = new TableSet(source.tables.map((table) => table.name))
  const unmatched = (where: string, patterns: readonly TablePattern[]) =>
    patterns.filter(matchesNothing).map((pattern) => useless(where, pattern, names, source.relations))
  return coded('selection', [
    ...coded('left-alone', describeLeftAlone(selection, source.relations)),
    ...unmatched('--table', selection.only),
    // If there are no tables at all, the patterns are not the cause.
    ...(hasTables ? unmatched('include', selection.include) : []),
    ...selection.exclude
      .filter((pattern) => !source.relations.some(({ name }) => matchesPattern(pattern, name)))
      .map(uselessExclude),
    ...selection.where
      .filter(({ table }) => !selected.has(table) && selection.only.length === 0)
      .map(({ table }) =>
        errorFinding(
          displayName(table),
          'has a `where` condition but is not among the tables of the run',
          'Correct the name, or remove the condition.',
        ),
      ),
    ...validateColumnRules(selection, source),
    ...(source.tables.length === 0 ? [whyNothing(selection, source)] : []),
  ])
}

function uselessExclude({ text }: TablePattern): Finding {
  const note = noteFinding(text, 'this `exclude` pattern matches nothing in the source')
  return { ...note, code: 'exclude-unmatched' }
}

/** A pattern that names nothing to copy: it is misspelt, or names a view. */
function useless(
  where: string,
  pattern: TablePattern,
  names: readonly TableName[],
  relations: readonly SourceRelation[],
): Finding {
  const other = relations.find(({ name }) => matchesPattern(pattern, name))
  if (other !== undefined) {
    return errorFinding(
      pattern.text,
      `this \`${where}\` pattern matches no table in the source: ${displayName(other.name)} is ${KIND_NAMES[other.kind]}`,
      'Only tables and sequences are copied: name the tables that it reads from, or remove the pattern.',
    )
  }
  const closest = names
    .map(patternOf)
    .map((name) => ({ name, distance: leven(name, pattern.text, { maxDistance: 4 }) }))
    .sort((a, b) => a.distance - b.distance)[0]
  const suggestion = closest !== undefined && closest.distance < 4 ? ` Did you mean ${closest.name}?` : ''
  return errorFinding(
    pattern.text,
    `this \`${where}\` pattern matches nothing in the source`,
    `Write schema.table as PostgreSQL spells it; case counts.${suggestion}`,
  )
}
