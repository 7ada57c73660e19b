import { groupBy } from '../../core/group-by.ts'
import { isSameSql, restoredSql } from '../exact-sql.ts'
import type { SchemaObject } from '../schema-object.ts'
import { attachmentsTo, isOfSameTable, parentIndexOf } from './attached-indexes.ts'
import { safe } from './changes.ts'
import type { Change } from './difference.ts'
import { alterConstrained } from './drop-statement.ts'
import { nameOfIndex, relationName, relationNames } from './index-names.ts'
import type { Pair, Side, Sides } from './sides.ts'

/**
 * Matches the index of a partition by that of the partitioned table, whatever its name, because a partition has only one of it. Any other
 * index is matched by its definition, if the table has only one such index on each side. An index keeps its name if the other side uses
 * that name for something else.
 */
export function withRenamedIndexes(sides: Sides): Sides {
  const roots = sides.target.objects.flatMap((target) => {
    const source = sides.source.byIdentity.get(target.identity)
    return source === undefined || !isSameSql(source.create[0], target.create[0]) ? [] : [{ source, target }]
  })
  const twins = twinsOf(sides)
  const found = [...twins, ...[...roots, ...twins].flatMap((root) => renamedUnder(root, sides))]
  if (found.length === 0) return sides
  const taken = { source: relationNames(sides.source), target: relationNames(sides.target) }
  const renamed = found.filter((pair) => isFree(pair, taken))
  return {
    source: withAliases(sides.source, renamed, ({ source, target }) => [target.identity, source]),
    target: withAliases(sides.target, renamed, ({ source, target }) => [source.identity, target]),
  }
}

/** Whether an object of both sides has another name in the target. */
export function isRenamed({ source, target }: Pair): boolean {
  return source.identity !== target.identity
}

/** The change that gives the index of a partition, or its constraint, the name that it has in the source. */
export function rename({ source, target }: Pair, topic: string): Change[] {
  if (target.kind === 'index partition') return []
  const [from, to] = [nameOfIndex(target), nameOfIndex(source)]
  const statement =
    target.kind === 'constraint'
      ? `${alterConstrained(target)} RENAME CONSTRAINT ${from} TO ${to}`
      : `ALTER ${target.identity} RENAME TO ${to}`
  return [safe(topic, `is called ${from} in the target`, { drop: [statement] })]
}

/** Indexes that differ only in their names. */
function twinsOf({ source, target }: Sides): Pair[] {
  const [to, from] = [source, target].map((side) => {
    const other = side === source ? target : source
    const free = side.objects.filter(
      (object) => isFreeIndex(object, side) && !other.byIdentity.has(object.identity),
    )
    return groupBy(free, withoutName)
  })
  return [...(to ?? [])].flatMap(([definition, [first, second]]) => {
    const [twin, another] = from?.get(definition) ?? []
    const isOnly = second === undefined && another === undefined
    return first !== undefined && twin !== undefined && isOnly ? [{ source: first, target: twin }] : []
  })
}

/** Attached indexes follow those of the partitioned table. Statements after the definition contain the name of the index. */
function isFreeIndex(object: SchemaObject, side: Side): boolean {
  return object.kind === 'index' && object.create.length === 1 && parentIndexOf(object, side) === undefined
}

function withoutName(index: SchemaObject): string {
  const [statement = ''] = index.create
  return statement.replace(/^(CREATE (?:UNIQUE )?INDEX) (.*)$/s, (all, words: string, rest: string) => {
    const name = `${nameOfIndex(index)} `
    return rest.startsWith(name) ? restoredSql(`${words} ${rest.slice(name.length)}`) : all
  })
}

function renamedUnder({ source, target }: Pair, sides: Sides): Pair[] {
  const inSource = attachmentsTo(source, sides.source)
  return attachmentsTo(target, sides.target).flatMap((own) => {
    const other = inSource.find(({ object }) => isOfSameTable(object, own.object))
    if (other === undefined) return []
    const pair = { source: other.child, target: own.child }
    const isSame = !isRenamed(pair)
    return isSame ? [] : [pair, { source: other.object, target: own.object }, ...renamedUnder(pair, sides)]
  })
}

/** Neither side may use the other's name for something else. */
function isFree(
  { source, target }: Pair,
  taken: { readonly source: ReadonlySet<string>; readonly target: ReadonlySet<string> },
): boolean {
  return !taken.target.has(relationName(source) ?? '') && !taken.source.has(relationName(target) ?? '')
}

function withAliases(
  side: Side,
  renamed: readonly Pair[],
  entryOf: (pair: Pair) => readonly [string, SchemaObject],
): Side {
  return renamed.length === 0
    ? side
    : { ...side, byIdentity: new Map([...side.byIdentity, ...renamed.map(entryOf)]) }
}
