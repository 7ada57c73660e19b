import leven from 'leven'
import type { Finding } from '../../core/finding.ts'
import { displayName, nameKey } from '../../core/table-name.ts'
import { matchesPattern, patternOf, type TablePattern } from '../../core/table-pattern.ts'
import type { Selection, SourceCatalog } from '../inspection.ts'
import { errorFinding, noteFinding } from './finding.ts'

/** Patterns and conditions must mean something: a misspelt one would silently leave a table out. */
export function validateSelection(selection: Selection, source: SourceCatalog): Finding[] {
  const names = source.relations.map((relation) => relation.name)
  const matchesNothing = (pattern: TablePattern) => !names.some((name) => matchesPattern(pattern, name))
  const selected = new Set(source.tables.map((table) => nameKey(table.name)))
  const isEmpty = source.tables.length === 0
  return [
    ...selection.only.filter(matchesNothing).map((pattern) => unmatched('--table', pattern, names)),
    ...selection.include.filter(matchesNothing).map((pattern) => unmatched('include', pattern, names)),
    ...selection.exclude
      .filter(matchesNothing)
      .map((pattern) => noteFinding(pattern.text, 'this `exclude` pattern matches nothing in the source')),
    ...selection.where
      .filter(({ table }) => !selected.has(nameKey(table)) && selection.only.length === 0)
      .map(({ table }) =>
        errorFinding(
          displayName(table),
          'has a `where` condition but is not among the tables of the run',
          'Correct the name, or remove the condition.',
        ),
      ),
    ...(isEmpty
      ? [
          errorFinding(
            source.server.database,
            'the profile selects no table of the source',
            'Check `include`, `exclude` and --table.',
          ),
        ]
      : []),
  ]
}

function unmatched(
  where: string,
  pattern: TablePattern,
  names: readonly Parameters<typeof displayName>[0][],
): Finding {
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
