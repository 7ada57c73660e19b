import { shellWord } from '../../core/shell-word.ts'
import { displayName, isSameTable, type TableName } from '../../core/table-name.ts'
import { matchesPattern, patternOf } from '../../core/table-pattern.ts'
import { yamlText } from '../../core/yaml-text.ts'
import type { ForeignKey } from '../../postgres/catalog/read-foreign-keys.ts'
import type { Partition } from '../../postgres/catalog/table.ts'
import type { Selection, SourceRelation, TargetCatalog } from '../inspect/inspection.ts'

/** Which end of a foreign key a run leaves alone. */
export type OutsideEnd = 'child' | 'parent' | undefined

/** The end of a foreign key that is not among some relations. */
export function outsideEnd(
  { childOid, parentOid }: Pick<ForeignKey, 'childOid' | 'parentOid'>,
  isInside: (oid: number) => boolean,
): OutsideEnd {
  if (!isInside(parentOid)) return 'parent'
  return isInside(childOid) ? undefined : 'child'
}

/** The facts that decide whether a run could write a table that it leaves alone. */
type Writability = Pick<TargetCatalog, 'mode'> & {
  readonly tables: readonly { readonly partitions: readonly OwnedPartition[] }[]
  readonly neighbours: readonly OwnedPartition[]
}

/** The facts from both sides that advice about a foreign key depends on. */
export interface AdvisedSides {
  readonly selection: Pick<Selection, 'exclude' | 'only'>
  readonly source: { readonly relations: readonly Pick<SourceRelation, 'name'>[] }
  readonly target: Writability & Hosted & { readonly foreignKeys: readonly Ends[] }
  readonly pairs: readonly { readonly target: { readonly partitions: readonly Pick<Partition, 'oid'>[] } }[]
}

type Hosted = { readonly server: Pick<TargetCatalog['server'], 'platform'> }
type Ends = Pick<ForeignKey, 'child' | 'parent' | 'childOid' | 'parentOid'>
type OwnedPartition = Pick<Partition, 'oid' | 'owner' | 'isOwner'>

/** What to do about rows that would refer to missing rows, because one end of the key is not part of the run. */
export function adviseOnForeignKey(key: Ends, outside: 'child' | 'parent', sides: AdvisedSides): string {
  return outside === 'parent' ? adviseOnParent(key, sides) : adviseOnChild(key, sides)
}

function adviseOnParent({ child, parent, parentOid }: Ends, sides: AdvisedSides): string {
  const limit = `Limit the rows of ${displayName(child)} by a \`where\`, or leave it out: exclude: [${yamlText(patternOf(child))}].`
  const notInRun = `${displayName(parent)} is not part of the run`
  if (!isInSource(parent, sides)) return `${notInRun}, as only the target has it. ${limit}`
  const owner = foreignOwnerOf(parentOid, sides.target)
  return owner === undefined
    ? `${notInRun}. Copy it as well: ${howToAdd(parent, sides.selection)}; or leave ${displayName(child)} out, or limit its rows by a \`where\`.`
    : `${notInRun}, ${cannotWrite(owner)}. ${limit}${withOtherRole(parent, sides.target)}`
}

/** Leaving out only the parent would move the problem to other tables of the run that refer to it. */
function adviseOnChild(key: Ends, sides: AdvisedSides): string {
  const { child, childOid, parent } = key
  const owner = foreignOwnerOf(childOid, sides.target)
  const canBring = isInSource(child, sides) && owner === undefined
  const bring = canBring ? `or copy it as well: ${howToAdd(child, sides.selection)}; ` : ''
  const why = isInSource(child, sides)
    ? owner === undefined
      ? ''
      : `, ${cannotWrite(owner)}`
    : ', as only the target has it'
  const cures = `Keep the rows of ${displayName(parent)} that they refer to: keep: { ${patternOf(parent)}: <condition> }; or delete those rows of ${displayName(child)}; ${bring}or leave out ${leaveOut(key, sides)}.`
  const other = isInSource(child, sides) && owner !== undefined ? withOtherRole(child, sides.target) : ''
  return `${displayName(child)} is not part of the run${why}, and rows of it in the target refer to rows that the source does not have. ${cures}${other}`
}

/** A parent, and the tables of the run that refer to it. */
function leaveOut({ parent, parentOid }: Ends, { target, pairs }: AdvisedSides): string {
  const inside = new Set(pairs.flatMap((pair) => pair.target.partitions.map(({ oid }) => oid)))
  const referring = target.foreignKeys.filter(
    (key) => key.parentOid === parentOid && key.childOid !== parentOid && inside.has(key.childOid),
  )
  const patterns = [...new Set([parent, ...referring.map(({ child }) => child)].map(patternOf))]
  const what = referring.length === 0 ? displayName(parent) : `${displayName(parent)} and what refers to it`
  return `${what}: exclude: [${patterns.map(yamlText).join(', ')}]`
}

function isInSource(name: TableName, { source }: AdvisedSides): boolean {
  return source.relations.some((relation) => isSameTable(relation.name, name))
}

/** How a table becomes part of the run. This depends on what leaves it out. */
function howToAdd(name: TableName, { exclude, only }: AdvisedSides['selection']): string {
  const pattern = patternOf(name)
  if (exclude.some((each) => matchesPattern(each, name)))
    return `remove '${pattern}' from exclude (or --exclude)`
  if (only.length > 0) return `add --table ${shellWord(pattern)}`
  return `add '${pattern}' to include, or run with --table '*.*' --table ${shellWord(pattern)}`
}

/** The owner of a table that the role could not write in a run; undefined if it could. */
function foreignOwnerOf(oid: number, target: Writability): string | undefined {
  if (target.mode !== 'owner') return undefined
  const partitions = [...target.neighbours, ...target.tables.flatMap((table) => table.partitions)]
  const partition = partitions.find((each) => each.oid === oid)
  return partition === undefined || partition.isOwner ? undefined : partition.owner
}

function cannotWrite(owner: string): string {
  return `and as it belongs to ${owner}, the role could not copy it`
}

/** No advice if no customer of the host could have such a role. */
function withOtherRole(name: TableName, { server: { platform } }: Hosted): string {
  if (platform !== undefined && platform.replicaRole === undefined) return ''
  return ` A role that may set session_replication_role could copy it, with '${patternOf(name)}' in include.`
}
