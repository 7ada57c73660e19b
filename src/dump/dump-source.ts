import { coded, type Finding } from '../core/finding.ts'
import { TableMap, TableSet } from '../core/table-map.ts'
import { displayName } from '../core/table-name.ts'
import { storedColumns } from '../transfer/inspect/columns.ts'
import type { Selection, SourceCatalog, SourceSequence } from '../transfer/inspect/inspection.ts'
import { keysOfColumns, leaveOutColumns } from '../transfer/inspect/leave-out-columns.ts'
import {
  conditionsOf,
  isExcludedAlone,
  isMatched,
  isSelected,
  joinConditions,
} from '../transfer/inspect/select-relations.ts'
import { digestsWithoutSource } from '../transfer/masks/mask-keys.ts'
import type { Part } from '../transfer/source/part.ts'
import type { PartReader, RowSource, RowStream } from '../transfer/source/row-source.ts'
import { errorFinding, noteFinding } from '../transfer/validate/finding.ts'
import { validateLeftOut } from '../transfer/validate/left-out.ts'
import { validateSelection } from '../transfer/validate/selection.ts'
import { damagedFile } from './damaged.ts'
import { catalogOf } from './describe-catalog.ts'
import type { ManifestFile } from './manifest.ts'
import type { Dump } from './open-dump.ts'
import { explainReadError, readRows } from './read-rows.ts'

/** A part of a table that a file of a dump holds. */
export interface DumpPart extends Part {
  readonly file: ManifestFile
}

/** A dump as a source of rows, reduced to the selection. */
export function dumpSource(dump: Dump, selection: Selection): RowSource<DumpPart> {
  const { manifest } = dump
  const whole = catalogOf(manifest)
  const catalog = selectFrom(whole, selection)
  return {
    catalog,
    findings: [
      ...validateSelection(selection, catalog),
      ...coded('left-out', validateLeftOut(catalog)),
      ...coded('mask', findUnmasked(selection, catalog)),
      ...coded('mask', findMaskedOtherwise(selection, catalog)),
      ...coded('mask', findMaskedConditions(selection, whole)),
    ],
    encoding: manifest.encoding,
    snapshot: manifest.snapshot,
    changes: undefined,
    readHistories: async () => [],
    planParts: (tables) => {
      const wanted = new TableSet(tables)
      return partsOf(manifest.files.filter(({ table }) => wanted.has(table)))
    },
    planColumns: undefined,
    openReader: async () => new DumpReader(dump),
  }
}

/** The source masks what leaves it; what a dump holds as it was cannot be masked any more. */
function findUnmasked({ masks }: Selection, { tables }: SourceCatalog): Finding[] {
  const rules = new TableMap(masks?.rules.map(({ table, columns }) => [table, columns]))
  return tables.flatMap((table) => {
    const wanted = rules.get(table.name) ?? []
    const raw = wanted.filter(
      ({ column, mask }) =>
        mask.kind !== 'accept' &&
        table.columns.some(({ name }) => name === column) &&
        table.masked?.has(column) !== true,
    )
    if (raw.length === 0) return []
    const names = raw.map(({ column }) => `"${column}"`).join(', ')
    return [
      errorFinding(
        displayName(table.name),
        `has masks in the profile, and the dump was written without them: ${names}`,
        'Export again with the profile. To import the raw values anyway, import without the profile: --to <database>.',
      ),
    ]
  })
}

/** Columns that the dump holds masked in another way than the profile asks for, as far as their digests can show it. */
function findMaskedOtherwise({ masks }: Selection, { tables }: SourceCatalog): Finding[] {
  const rules = new TableMap(masks?.rules.map(({ table, columns }) => [table, columns]))
  return tables.flatMap(({ name, maskDigests }) => {
    const others = (rules.get(name) ?? []).filter(({ column, mask }) => {
      const then = maskDigests?.get(column)
      const now = digestsWithoutSource(mask, masks?.key)
      return then !== undefined && now.length > 0 && !now.includes(then)
    })
    if (others.length === 0) return []
    const names = others.map(({ column }) => `"${column}"`).join(', ')
    const make = masks?.isStrict === true ? errorFinding : noteFinding
    return [
      make(
        displayName(name),
        `is masked in another way in the dump, or by another key, than by the profile: ${names}`,
        'Export again with the profile. The next run reads the table in full, and masks it as the profile does.',
      ),
    ]
  })
}

/** A condition would be about masked values; the one that the dump was written with has been about the values themselves. */
function findMaskedConditions(selection: Selection, { tables, relations }: SourceCatalog): Finding[] {
  const byName = new TableMap(relations.map((relation) => [relation.name, relation]))
  return tables.flatMap(({ name, masked, where }) => {
    const others = conditionsOf(selection, name).filter((condition) => condition !== where)
    const isTaken = isSelected(selection, byName.get(name) ?? { name })
    if (masked === undefined || masked.size === 0 || others.length === 0 || !isTaken) return []
    return [
      errorFinding(
        displayName(name),
        "has masked columns in the dump, and another 'where' condition than the dump was written with",
        'The condition would see masked values. Export again with the condition, or remove it.',
      ),
    ]
  })
}

/** Sequences go with the tables that use them; those that no table owns are selected by their own name, too. */
function selectFrom(catalog: SourceCatalog, selection: Selection): SourceCatalog {
  const byName = new TableMap(catalog.relations.map((relation) => [relation.name, relation]))
  const tables = catalog.tables
    .filter(({ name }) => isSelected(selection, byName.get(name) ?? { name }))
    .map((table) => {
      const textColumns = storedColumns(table).map(({ name }) => name)
      const own = table.where === undefined ? [] : [table.where]
      const where = joinConditions([...own, ...conditionsOf(selection, table.name)])
      return { ...leaveOutColumns(table, table.keyColumns, selection), textColumns, where }
    })
  const names = new TableSet(tables.map(({ name }) => name))
  const isTaken = ({ name, table }: Pick<SourceSequence, 'name' | 'table'>, used: readonly unknown[]) =>
    used.length > 0 || (table !== undefined && names.has(table))
      ? !isExcludedAlone(selection, name)
      : table === undefined && isSelected(selection, byName.get(name) ?? { name })
  const { leftOut } = catalog
  return {
    ...catalog,
    tables,
    foreignKeys: keysOfColumns(catalog.foreignKeys, tables, ({ child, parent }) => [child, parent]),
    leftOut: leftOut && {
      ...leftOut,
      parents: leftOut.parents.filter(({ table }) => names.has(table)),
      extensionTables: leftOut.extensionTables.filter(({ table }) => isMatched(selection, table)),
    },
    sequences: catalog.sequences.flatMap(({ columns, ...sequence }) => {
      const used = columns.filter(({ table }) => names.has(table))
      return isTaken(sequence, used) ? [{ ...sequence, columns: used }] : []
    }),
  }
}

/** The parts that files hold, largest first: the tail is then short. */
export function partsOf(files: readonly ManifestFile[]): DumpPart[] {
  return files
    .map((file) => {
      const { table, part, parts, rowsBytes, rows } = file
      return { table, number: part, of: parts, estimatedBytes: rowsBytes, estimatedRows: rows, file }
    })
    .sort((a, b) => b.estimatedBytes - a.estimatedBytes)
}

/** Reads parts from the files of a dump. */
export class DumpReader implements PartReader<DumpPart> {
  readonly #dump: Dump

  constructor(dump: Dump) {
    this.#dump = dump
  }

  read<T>({ file }: DumpPart, use: (rows: RowStream) => Promise<T>): Promise<T> {
    return use(readRows(this.#dump, file))
  }

  explain(error: unknown): unknown {
    return explainReadError(error, this.#dump)
  }

  malformed({ file }: DumpPart, found: string): Error {
    return damagedFile(this.#dump, file, `holds ${found} among its rows`)
  }

  async end(): Promise<void> {
    // Every file was closed with its part.
  }
}
