import type { RunRules } from '../config/config.ts'
import { sum } from '../core/sum.ts'
import type { TableRead } from '../incremental/decide-reads.ts'
import { copiedColumns } from '../transfer/inspect/columns.ts'
import type { TablePair } from '../transfer/inspect/inspection.ts'
import { usableKey } from '../transfer/merge/merge-table.ts'
import type { Part } from '../transfer/source/part.ts'
import type { Strategy } from './load/choose-strategy.ts'
import { type PlannedTable, UNDECIDED } from './run-plan.ts'

/** What is known of a table when its run is planned. */
interface Planned extends Pick<RunRules, 'recheck'>, Pick<Strategy, 'kind'> {
  readonly read: TableRead | undefined
  readonly own: readonly Part[]
  readonly isBinary: boolean
}

/** What a plan says of a table: how it is read and written, and why. */
export function describePlannedTable(
  pair: TablePair,
  { read, own, recheck, kind, isBinary }: Planned,
): PlannedTable {
  const isKeyed = usableKey(pair.target, copiedColumns(pair)) !== undefined
  return {
    table: pair.source.name,
    read:
      read?.kind === 'incremental'
        ? { kind: 'incremental', reason: incrementalReason(read.looksAgain, recheck) }
        : { kind: 'full', reason: read?.reason ?? UNDECIDED },
    write: kind === 'merge' ? { kind, by: isKeyed ? 'key' : 'multiset' } : { kind: 'load' },
    format: isBinary ? 'binary' : 'text',
    parts: own.length,
    ...estimatesOf(own),
  }
}

/** How much the parts of a table hold. */
export function estimatesOf(parts: readonly Part[]): Pick<PlannedTable, 'estimatedRows' | 'estimatedBytes'> {
  const estimatedBytes = sum(parts.map((part) => part.estimatedBytes))
  if (parts.some(({ isUncounted }) => isUncounted)) return { estimatedBytes }
  return { estimatedRows: sum(parts.map((part) => part.estimatedRows)), estimatedBytes }
}

function incrementalReason(looksAgain: boolean, recheck: number): string {
  const reason = 'rows that have changed since the last run'
  if (!looksAgain) return reason
  const which = recheck === 1 ? 'in every run' : `every ${ordinal(recheck)} run`
  return `${reason}; rows of the target are looked at again, as ${which}`
}

function ordinal(n: number): string {
  const suffixes: Record<string, string> = { one: 'st', two: 'nd', few: 'rd' }
  return `${n}${suffixes[new Intl.PluralRules('en', { type: 'ordinal' }).select(n)] ?? 'th'}`
}
