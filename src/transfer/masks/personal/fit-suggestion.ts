import { type Mask, READY_MADE_MASKS } from '../../../core/mask.ts'
import { isSameTable } from '../../../core/table-name.ts'
import type { LiveCatalog } from '../../inspect/inspect-source.ts'
import type { Selection } from '../../inspect/inspection.ts'
import type { MaskedKey, MaskFacts } from '../read-mask-facts.ts'
import { resolveMasks } from '../resolve-masks.ts'
import type { FoundColumn, PersonalColumn } from './find-personal.ts'
import type { SuggestedMask } from './suggest-masks.ts'

/** What decides whether a mask could be used. */
export interface FitFacts {
  readonly selection: Selection
  readonly catalog: LiveCatalog
  readonly facts: MaskFacts
}

/** Suggests for a column the first of the masks that suit it which `check` would not refuse; none if it would refuse them all. */
export function fitSuggestion({ suited, ...found }: FoundColumn, known: FitFacts): PersonalColumn {
  const { selection, catalog, facts } = narrowTo(found, known)
  const suggestion = suited.find((suggested) => {
    const rules = [{ table: found.table, columns: [{ column: found.column, mask: toMask(suggested) }] }]
    const { findings } = resolveMasks({ ...selection, masks: { rules, key: ANY_KEY } }, catalog, facts)
    return findings.every(({ severity }) => severity !== 'error')
  })
  return suggestion === undefined ? found : { ...found, suggestion }
}

/** A key is needed to resolve masks; which one makes no difference to what they break. */
const ANY_KEY = 'x'.repeat(32)

/** A column that no foreign key ties to others depends on its own table alone, and databases have thousands. */
function narrowTo(found: Pick<FoundColumn, 'table' | 'column'>, known: FitFacts): FitFacts {
  // What inherits from the table is suggested a mask of its own.
  const facts = { ...known.facts, parents: [] }
  if (facts.foreignKeys.some((key) => isTied(key, found))) return { ...known, facts }
  return {
    selection: known.selection,
    catalog: {
      ...known.catalog,
      tables: known.catalog.tables.filter(({ name }) => isSameTable(name, found.table)),
    },
    facts: { ...facts, foreignKeys: [] },
  }
}

function isTied(key: MaskedKey, { table, column }: Pick<FoundColumn, 'table' | 'column'>): boolean {
  return (
    (isSameTable(key.childTable, table) && key.childColumns.includes(column)) ||
    (isSameTable(key.parentTable, table) && key.parentColumns.includes(column))
  )
}

function toMask(suggested: SuggestedMask): Mask {
  const { mask, value } =
    suggested === null ? { mask: 'null' } : typeof suggested === 'string' ? { mask: suggested } : suggested
  const kind = READY_MADE_MASKS.find((name) => name === mask) ?? 'null'
  return {
    kind,
    value,
    allow: [],
    locale: 'en',
    domain: 'example.test',
    days: 30,
    unit: 'month',
    percent: 10,
  }
}
