import type { Finding } from '../../core/finding.ts'
import { displayName } from '../../core/table-name.ts'
import { type Widening, widenType } from '../../core/widen-type.ts'
import type { Inspection, SourceColumn, TablePair } from '../inspect/inspection.ts'
import {
  adviseGeneration,
  adviseLeftOut,
  adviseMissing,
  adviseNotNull,
  adviseRenamed,
  adviseType,
  adviseUnfilled,
  type ColumnPlace,
  isFilled,
} from './column-advice.ts'
import { errorFinding, noteFinding } from './finding.ts'
import { likelyRenames } from './likely-renames.ts'
import { portableSql } from './portable-sql.ts'
import { definitionKey } from './same-definition.ts'

/** Every stored column of the source needs a column in the target that can hold each of its values. */
export function validateColumns(inspection: Inspection): Finding[] {
  return inspection.pairs.flatMap((pair) => validatePair(pair, inspection))
}

function validatePair(pair: TablePair, sides: Inspection): Finding[] {
  const { source, target } = pair
  const place: ColumnPlace = {
    pair,
    to: sides.targetName,
    unknownTypes: unknownTypes(sides),
    knownTypes: sides.target.types,
    extensionNames: sides.source.extensionNames,
  }
  const renames = likelyRenames(pair, sides)
  const renamed = new Set(renames.flatMap((rename) => [rename.source, rename.target]))
  const atTarget = new Map(target.columns.map((column) => [column.name, column]))
  const atSource = new Set([...source.columns.map(({ name }) => name), ...source.leftOut])
  return [
    ...renames.map((rename) => renamedFinding(place, rename.source, rename.target)),
    ...source.columns
      .filter((column) => !renamed.has(column))
      .flatMap((column) => {
        const twin = atTarget.get(column.name)
        return twin === undefined
          ? missing(place, column)
          : compare({ place, source: column, target: twin, sides })
      }),
    ...target.columns
      .filter((column) => !atSource.has(column.name) && !renamed.has(column))
      .map((column) => onlyInTarget(place, column)),
    ...source.leftOut.map((name) => leftOut(place, name, atTarget.get(name))),
  ]
}

/** A type that no table of the target uses may still exist there. */
function unknownTypes({ source, target }: Inspection): ReadonlySet<string> {
  return new Set([...source.types.keys()].filter((name) => !target.types.has(name)))
}

function renamedFinding(place: ColumnPlace, source: SourceColumn, target: SourceColumn): Finding {
  return errorFinding(
    displayName(place.pair.target.name),
    `column "${source.name}" is missing in the target, and was probably renamed: "${target.name}" there has the same definition and position`,
    adviseRenamed(place, source, target),
  )
}

function missing(place: ColumnPlace, column: SourceColumn): Finding[] {
  const shown = displayName(place.pair.target.name)
  return column.generated === 'no'
    ? [errorFinding(shown, `column "${column.name}" is missing in the target`, adviseMissing(place, column))]
    : [noteFinding(shown, `generated column "${column.name}" is missing in the target`)]
}

function onlyInTarget(place: ColumnPlace, column: SourceColumn): Finding {
  const shown = displayName(place.pair.target.name)
  return isFilled(column)
    ? noteFinding(shown, `column "${column.name}" is only in the target and keeps its values`)
    : errorFinding(
        shown,
        `column "${column.name}" is only in the target, NOT NULL and without default`,
        adviseUnfilled(place, column),
      )
}

function leftOut(place: ColumnPlace, name: string, twin: SourceColumn | undefined): Finding {
  const { target } = place.pair
  const shown = displayName(target.name)
  if (twin === undefined) return noteFinding(shown, `column "${name}" is left out, and missing in the target`)
  if (target.key?.columns.some((column) => column.name === name)) {
    return errorFinding(
      shown,
      `column "${name}" cannot be left out: rows are matched by it in the target`,
      'Remove it from `columns` in the profile.',
    )
  }
  return isFilled(twin)
    ? noteFinding(shown, `column "${name}" is left out and keeps its values in the target`)
    : errorFinding(
        shown,
        `column "${name}" is left out, but NOT NULL and without default in the target`,
        adviseLeftOut(place, twin),
      )
}

/** A column, as both sides have it. */
interface ColumnPair {
  readonly place: ColumnPlace
  readonly source: SourceColumn
  readonly target: SourceColumn
  readonly sides: Inspection
}

function compare(pair: ColumnPair): Finding[] {
  const { place, source, target } = pair
  const shown = displayName(place.pair.target.name)
  const findings = [...compareGeneration(pair), ...compareTypes(pair)]
  if (!source.isNotNull && target.isNotNull && source.generated === 'no') {
    findings.push(
      errorFinding(
        shown,
        `column "${source.name}" may be NULL in the source but not in the target`,
        adviseNotNull(place, source),
      ),
    )
  }
  if (source.identity !== target.identity) {
    findings.push(noteFinding(shown, `column "${source.name}" has a different identity on the two sides`))
  }
  return findings
}

function compareTypes({ place, source, target, sides }: ColumnPair): Finding[] {
  const shown = displayName(place.pair.target.name)
  const fit = fitOf(source, target, sides)
  const isSame = isSameType(source, target, sides)
  if (fit === 'same' && isSame) return []
  const [from, to] = isSame ? [source.baseType, target.baseType] : [source.type, target.type]
  if (fit === undefined) {
    return [
      errorFinding(
        shown,
        `column "${source.name}" is ${from} in the source and ${to} in the target`,
        adviseType(place, source, target),
      ),
    ]
  }
  return [
    noteFinding(
      shown,
      fit === 'cast'
        ? `column "${source.name}" is ${from} in the source and ${to} in the target, which takes every value after a cast`
        : `column "${source.name}" is ${from} in the source and ${to} in the target, which takes every value`,
    ),
  ]
}

/** How a column's type holds the values of the same column in the source. `same` includes a domain over the same type. */
type TypeFit = 'same' | Widening

/** Undefined if there may be values that it cannot hold. */
function fitOf(source: SourceColumn, target: SourceColumn, sides: Inspection): TypeFit | undefined {
  const [there, here] = [sides.source.extensionNames, sides.target.extensionNames]
  if (portableSql(source.baseType, there) === portableSql(target.baseType, here)) return 'same'
  return widenType(asText(source.baseType, sides), target.baseType)
}

/** The labels of an enum are texts. */
function asText(type: string, { source: { types } }: Inspection): string {
  const [, name = type, array = ''] = /^(.*?)(\[\])?$/.exec(type) ?? []
  return types.get(name)?.kind === 'enum' ? `name${array}` : type
}

/** Whether both sides give a column's type the same name, wherever an extension is. */
function isSameType(source: SourceColumn, target: SourceColumn, sides: Inspection): boolean {
  const [there, here] = [sides.source.extensionNames, sides.target.extensionNames]
  return portableSql(source.type, there) === portableSql(target.type, here)
}

/** Both sides must compute a generated column in the same way, because its values are not copied. */
function compareGeneration({ place, source, target, sides }: ColumnPair): Finding[] {
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
