import type { Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import type { Inspection, SourceColumn } from '../inspect/inspection.ts'
import { adviseGeneration, type ColumnPlace } from './column-advice.ts'
import { errorFinding, noteFinding } from './finding.ts'
import { portableSql } from './portable-sql.ts'
import { definitionKey } from './same-definition.ts'

/** Both sides must compute a generated column in the same way, because its values are not copied. */
export function compareGeneration(
  place: ColumnPlace,
  source: SourceColumn,
  target: SourceColumn,
  sides: Inspection,
): Finding[] {
  const shown = displayName(place.pair.target.name)
  const isGenerated = [source, target].map((column) => column.generated !== 'no')
  if (!isGenerated[0] && !isGenerated[1]) return []
  if (isGenerated[0] !== isGenerated[1]) {
    return [
      errorFinding(
        shown,
        `column "${source.name}" is generated only in the ${isGenerated[0] ? 'source' : 'target'}`,
        adviseGeneration(place, source, target),
      ),
    ]
  }
  const [there, here] = [
    definitionKey(portableSql(source.expression ?? '', sides.source.extensionNames)),
    definitionKey(portableSql(target.expression ?? '', sides.target.extensionNames)),
  ]
  if (there !== here) {
    return [
      errorFinding(
        shown,
        `generated column "${source.name}" is computed by ${source.expression} in the source and ${target.expression} in the target`,
        adviseGeneration(place, source, target),
      ),
    ]
  }
  return source.generated === target.generated
    ? []
    : [
        noteFinding(
          shown,
          `generated column "${source.name}" is ${source.generated} in the source and ${target.generated} in the target`,
        ),
      ]
}
