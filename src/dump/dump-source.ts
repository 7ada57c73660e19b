import { nameKey } from '../core/table-name.ts'
import type { Selection, SourceCatalog } from '../transfer/inspection.ts'
import type { Part, PartReader, RowSource, RowStream } from '../transfer/row-source.ts'
import { conditionsOf, isExcluded, isSelected, joinConditions } from '../transfer/select-relations.ts'
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
  const catalog = selectFrom(catalogOf(manifest), selection)
  return {
    catalog,
    findings: validateSelection(selection, catalog),
    encoding: manifest.encoding,
    snapshot: manifest.snapshot,
    changes: undefined,
    planParts: (tables) => {
      const wanted = new Set(tables.map(nameKey))
      return partsOf(manifest.files.filter(({ table }) => wanted.has(nameKey(table))))
    },
    planColumns: undefined,
    openReader: async () => new DumpReader(dump),
  }
}

/** Sequences go with their table; those that no table owns are selected by their own name. */
function selectFrom(catalog: SourceCatalog, selection: Selection): SourceCatalog {
  const tables = catalog.tables
    .filter(({ name }) => isSelected(selection, name))
    .map((table) => {
      const own = table.where === undefined ? [] : [table.where]
      return { ...table, where: joinConditions([...own, ...conditionsOf(selection, table.name)]) }
    })
  const names = new Set(tables.map(({ name }) => nameKey(name)))
  return {
    ...catalog,
    tables,
    sequences: catalog.sequences.filter(({ name, table }) =>
      table === undefined
        ? isSelected(selection, name)
        : names.has(nameKey(table)) && !isExcluded(selection, name),
    ),
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
    return explainReadError(error, this.#dump.path)
  }

  malformed({ file }: DumpPart, found: string): Error {
    return damagedFile(this.#dump, file, `holds ${found} among its rows`)
  }

  async end(): Promise<void> {
    // Every file was closed with its part.
  }
}
