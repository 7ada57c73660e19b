import { coded, type Finding } from '../core/finding.ts'
import { TableSet } from '../core/table-map.ts'
import { displayName, type TableName } from '../core/table-name.ts'
import { patternOf } from '../core/table-pattern.ts'
import { yamlText } from '../core/yaml-text.ts'
import { chooseObjects, withoutObjects } from '../schema/choose-objects.ts'
import type { CreatableObject, CreatableSchema, UncreatableObject } from '../schema/creatable-object.ts'
import { quoteName, quoteQualified } from '../schema/quote-name.ts'
import { readSchema } from '../schema/read-schema.ts'
import type { LiveForeignKey } from '../transfer/inspect/inspect-source.ts'
import { type BrokenKey, findBrokenKeys } from '../transfer/source/find-broken-keys.ts'
import type { LiveSource } from '../transfer/source/live-source.ts'
import { adviseOnFilteredParent } from '../transfer/validate/advise-on-filtered-parent.ts'
import { noteFinding } from '../transfer/validate/finding.ts'
import { judgeTablespaces } from './creation/judge-tablespaces.ts'

/**
 * Chooses which part of the schema goes into a dump: everything if the dump has all tables, otherwise what its tables need. Foreign keys to
 * tables without rows in the dump are left out, because the rows would violate them, and so are
 * those to rows that a condition leaves out.
 */
export async function chooseSchema(
  source: LiveSource,
): Promise<{ readonly schema: CreatableSchema; readonly notes: readonly Finding[] }> {
  const { tables, relations } = source.catalog
  const { serverVersion, objects, unsupported, placed = [] } = await source.withSession(readSchema)
  const dumped = new TableSet(
    tables.flatMap(({ name, partitions }) => [name, ...partitions.map((each) => each.name)]),
  )
  const isWhole = relations.every(
    ({ name, kind, platform }) =>
      platform !== undefined || (kind !== 'table' && kind !== 'partitioned') || dumped.has(name),
  )
  const isDumped = ({ table }: CreatableObject) => table !== undefined && dumped.has(table.name)
  const all = objects.filter(({ kind }) => kind !== 'publication')
  const { objects: chosen, withoutParent } = chooseObjects(all, {
    tables: isWhole ? undefined : new TableSet(tables.map(({ name }) => name)),
    exists: () => false,
    isFilled: isDumped,
  })
  const broken = await findBrokenKeys(source)
  const keys = new Map(broken.map((each) => [identityOf(each.key), each]))
  const left = chosen.filter(({ kind, identity }) => kind === 'constraint' && keys.has(identity))
  const { kept } = withoutObjects(chosen, new Set(left.map(({ id }) => id)))
  const notes = [
    ...withoutParent.map(({ identity }) =>
      noteFinding(identity, 'is not in the dump: the rows of the table that it refers to are not in it'),
    ),
    ...left.map(({ identity }) => describeBroken(identity, keys.get(identity))),
    ...unsupported.map((object) =>
      object.of !== undefined && object.identity.startsWith('TABLE ') && dumped.has(object.of)
        ? withoutDefinition(object, object.of)
        : noteFinding(object.identity, `is not in the dump: ${object.reason}`),
    ),
    ...judgeTablespaces(placed, kept),
  ]
  return { schema: { serverVersion, objects: kept, unsupported }, notes: coded('schema', notes) }
}

function identityOf({ name, child }: LiveForeignKey): string {
  return `CONSTRAINT ${quoteName(name)} ON ${quoteQualified(child)}`
}

function describeBroken(identity: string, broken: BrokenKey | undefined): Finding {
  if (broken === undefined) throw new Error('A foreign key without its end')
  const { key, child, isBroken } = broken
  const parent = displayName(key.parent)
  return noteFinding(
    identity,
    isBroken
      ? `is not in the dump: rows refer to rows of ${parent} that its \`where\` leaves out`
      : `is not in the dump: rows may refer to rows of ${parent} that its \`where\` leaves out`,
    adviseOnFilteredParent(key, child),
  )
}

/** psql would fail at its rows, in an empty database. */
function withoutDefinition({ identity, reason }: UncreatableObject, table: TableName): Finding {
  return noteFinding(
    identity,
    `is not in the dump, but its rows are: ${reason}. psql cannot restore the dump into an empty database`,
    `Leave the table out: exclude: [${yamlText(patternOf(table))}], or restore the dump with \`mbsync import --skip-unsupported\`, which leaves it out. Into a target that has the table, \`mbsync import\` brings its rows.`,
  )
}
