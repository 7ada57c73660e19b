import type { Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import { identifier, relation } from '../../postgres/identifiers.ts'
import type { Inspection, SourceColumn, TablePair } from '../inspection.ts'
import { errorFinding, noteFinding } from './finding.ts'

/** Every stored column of the source needs one in the target that takes exactly its values. */
export function validateColumns({ pairs }: Inspection): Finding[] {
  return pairs.flatMap(validatePair)
}

function validatePair(pair: TablePair): Finding[] {
  const { source, target } = pair
  const atTarget = new Map(target.columns.map((column) => [column.name, column]))
  const atSource = new Set(source.columns.map((column) => column.name))
  return [
    ...source.columns.flatMap((column) => {
      const twin = atTarget.get(column.name)
      return twin === undefined ? missing(pair, column) : compare(pair, column, twin)
    }),
    ...target.columns
      .filter((column) => !atSource.has(column.name))
      .map((column) => onlyInTarget(pair, column)),
  ]
}

function missing({ target }: TablePair, column: SourceColumn): Finding[] {
  if (column.generated !== 'no') {
    return [
      noteFinding(displayName(target.name), `generated column "${column.name}" is missing in the target`),
    ]
  }
  const sql = `ALTER TABLE ${relation(target.name)} ADD COLUMN ${identifier(column.name)} ${column.type}`
  return [
    errorFinding(
      displayName(target.name),
      `column "${column.name}" is missing in the target`,
      `Migrate the target: ${sql}`,
    ),
  ]
}

function onlyInTarget({ target }: TablePair, column: SourceColumn): Finding {
  const shown = displayName(target.name)
  const isFilled =
    !column.isNotNull || column.hasDefault || column.generated !== 'no' || column.identity !== 'no'
  return isFilled
    ? noteFinding(shown, `column "${column.name}" is only in the target and keeps its values`)
    : errorFinding(
        shown,
        `column "${column.name}" is only in the target, NOT NULL and without default`,
        `Give it a default: ALTER TABLE ${relation(target.name)} ALTER COLUMN ${identifier(column.name)} SET DEFAULT …`,
      )
}

function compare(pair: TablePair, source: SourceColumn, target: SourceColumn): Finding[] {
  const shown = displayName(pair.target.name)
  const findings = [...compareGeneration(shown, source, target)]
  if (source.type !== target.type || source.baseType !== target.baseType) {
    const [from, to] =
      source.type === target.type ? [source.baseType, target.baseType] : [source.type, target.type]
    findings.push(
      errorFinding(
        shown,
        `column "${source.name}" is ${from} in the source and ${to} in the target`,
        `Migrate the target: ALTER TABLE ${relation(pair.target.name)} ALTER COLUMN ${identifier(source.name)} TYPE ${source.type}`,
      ),
    )
  }
  if (!source.isNotNull && target.isNotNull && source.generated === 'no') {
    findings.push(
      errorFinding(
        shown,
        `column "${source.name}" may be NULL in the source but not in the target`,
        `ALTER TABLE ${relation(pair.target.name)} ALTER COLUMN ${identifier(source.name)} DROP NOT NULL`,
      ),
    )
  }
  if (source.identity !== target.identity) {
    findings.push(
      noteFinding(shown, `column "${source.name}" is an identity column differently on the two sides`),
    )
  }
  return findings
}

function compareGeneration(shown: string, source: SourceColumn, target: SourceColumn): Finding[] {
  const isGenerated = [source, target].map((column) => column.generated !== 'no')
  if (!isGenerated[0] && !isGenerated[1]) return []
  if (isGenerated[0] !== isGenerated[1]) {
    return [
      errorFinding(
        shown,
        `column "${source.name}" is generated only in the ${isGenerated[0] ? 'source' : 'target'}`,
        'Make the column alike on both sides.',
      ),
    ]
  }
  if (normalized(source.expression) !== normalized(target.expression)) {
    return [
      errorFinding(
        shown,
        `generated column "${source.name}" is computed by ${source.expression} in the source and ${target.expression} in the target`,
        'Make the expressions alike: the target would compute other values.',
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

function normalized(expression: string | undefined): string {
  return (expression ?? '').replace(/\s+/g, ' ')
}
