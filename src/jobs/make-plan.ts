import type { RunRules } from '../config/config.ts'
import { nameKey } from '../core/table-name.ts'
import type { Session } from '../postgres/session.ts'
import { copiedColumns } from '../transfer/columns.ts'
import { inspectTarget } from '../transfer/inspect-target.ts'
import type { Inspection, Selection, SourceServer, TablePair } from '../transfer/inspection.ts'
import { usableKey } from '../transfer/merge/merge-table.ts'
import { pairCatalogs } from '../transfer/pair-catalogs.ts'
import type { Part, RowSource } from '../transfer/row-source.ts'
import { compareFindings, validate } from '../transfer/validate.ts'
import type { DatabaseFacts, PlannedTable, RunOptions, RunPlan } from './run-plan.ts'

/** A plan together with what it was made from. */
export interface PlannedRun<P extends Part> {
  readonly plan: RunPlan
  readonly inspection: Inspection
  readonly parts: readonly P[]
}

/** Inspects the target, validates it against the source, and plans the parts. Changes nothing. */
export async function makePlan<P extends Part>(
  sourceName: string,
  source: RowSource<P>,
  target: Session,
  selection: Selection,
  rules: RunRules,
  options: Pick<RunOptions, 'allowBlocking'>,
): Promise<PlannedRun<P>> {
  const inspection = pairCatalogs(selection, source.catalog, await inspectTarget(target, selection))
  const findings = [...source.findings, ...validate(inspection, options)].sort(compareFindings)
  const names = inspection.pairs.map((pair) => pair.source.name)
  const parts = source.planParts(names, rules.jobs)
  const { pairs, sequences } = inspection
  const plan: RunPlan = {
    profile: rules.name,
    source: factsOf(sourceName, inspection.source.server),
    target: factsOf(rules.to.name, inspection.target.server),
    mergeMode: inspection.target.mode,
    findings,
    tables: pairs
      .map((pair) => describeTable(pair, parts))
      .sort((a, b) => b.estimatedBytes - a.estimatedBytes),
    sequences: sequences.length,
  }
  return { inspection, parts, plan }
}

function factsOf(name: string, server: SourceServer): DatabaseFacts {
  return { name, database: server.database, serverVersion: server.version }
}

function describeTable(pair: TablePair, parts: readonly Part[]): PlannedTable {
  const own = parts.filter((part) => nameKey(part.table) === nameKey(pair.source.name))
  const isKeyed = usableKey(pair.target, copiedColumns(pair)) !== undefined
  return {
    table: pair.source.name,
    // Incremental reading and the direct load of empty tables take their place here.
    read: { kind: 'full', reason: 'every row is read and compared' },
    write: { kind: 'merge', by: isKeyed ? 'key' : 'multiset' },
    parts: own.length,
    estimatedRows: own.reduce((total, part) => total + part.estimatedRows, 0),
    estimatedBytes: own.reduce((total, part) => total + part.estimatedBytes, 0),
  }
}
