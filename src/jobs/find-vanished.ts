import type { RunRules } from '../config/config.ts'
import { nameKey, type TableName } from '../core/table-name.ts'
import type { Database } from '../postgres/database.ts'
import { relation } from '../postgres/identifiers.ts'
import type { Session } from '../postgres/session.ts'
import { copiedColumns } from '../transfer/columns.ts'
import { type Copied, copyParts, NOTHING_COPIED } from '../transfer/copy-parts.ts'
import { landingEncoding } from '../transfer/copy-sql.ts'
import { inParallel } from '../transfer/in-parallel.ts'
import type { Inspection, TablePair } from '../transfer/inspection.ts'
import { createKeyTable } from '../transfer/landing-tables.ts'
import { type LandingPlace, LandingWriter } from '../transfer/landing-writer.ts'
import { type MergeNames, type Unchanged, usableKey } from '../transfer/merge/merge-table.ts'
import { keysNotInSql, sameKeySql, tableSql } from '../transfer/merge/row-sql.ts'
import { mostRowsOf } from '../transfer/plan-parts.ts'
import type { ChangeSource, KeyRequest, Part, RowSource } from '../transfer/row-source.ts'
import { BucketSums, SUM_SETTINGS } from '../transfer/verify/bucket-sums.ts'
import { bucketsFor, type Hashing, isInBuckets, keySumsSql, keyText } from '../transfer/verify/row-hashes.ts'
import type { TableRead } from './choose-reads.ts'
import type { Watch } from './watch.ts'

/** A table whose changed rows have landed. */
interface Incremental<P extends Part> {
  readonly pair: TablePair
  readonly names: MergeNames
  readonly since: Extract<TableRead, { readonly kind: 'incremental' }>['since']
  readonly request: KeyRequest<P>
}

/**
 * Finds what changed rows do not tell: which rows have gone. The keys of the unchanged rows are summed up bucket by bucket on both sides,
 * and only those of buckets that differ are fetched.
 * @returns what a merge needs to know of the rows that did not land, by {@link nameKey} of the table
 */
export async function findVanished<P extends Part>(
  rules: RunRules,
  watch: Watch,
  target: Database,
  coordinator: Session,
  source: RowSource<P>,
  inspection: Inspection,
  reads: ReadonlyMap<string, TableRead>,
  parts: readonly P[],
  names: ReadonlyMap<string, MergeNames>,
  landed: ReadonlyMap<string, Copied>,
): Promise<Map<string, Unchanged>> {
  const { changes } = source
  if (changes === undefined) return new Map()
  const tables = incrementalTables(inspection, reads, parts, names)
  const requests = tables.map(({ request }) => request)
  const [there, here] = await Promise.all([
    changes.sumUnchanged(requests, true),
    sumTarget(target, rules.jobs, tables, true),
  ])
  const differing = await findBuckets(rules, target, changes, tables, there, here)
  const landing = keyLanding(rules, watch, target, source, inspection)
  await landKeys(landing, changes, coordinator, tables, differing)
  return new Map(
    tables.map(({ pair, names: own, since, request: { hashing } }, index) => {
      const key = nameKey(pair.source.name)
      const buckets = differing[index] ?? []
      const keyColumns = hashing.keyColumns ?? []
      return [
        key,
        {
          sourceRows: (there[index]?.rows ?? 0) + (landed.get(key) ?? NOTHING_COPIED).rows,
          left: {
            mergeSnapshot: since.mergeSnapshot,
            rows: since.rowsAfter,
            fingerprint: since.rowsFingerprint,
          },
          vanished:
            buckets.length === 0
              ? undefined
              : { keys: own.keys, condition: isInBuckets(keyText('t', keyColumns), hashing, buckets) },
        },
      ]
    }),
  )
}

function incrementalTables<P extends Part>(
  { pairs, source, target }: Inspection,
  reads: ReadonlyMap<string, TableRead>,
  parts: readonly P[],
  names: ReadonlyMap<string, MergeNames>,
): Incremental<P>[] {
  const isConverted = source.server.encoding !== target.server.encoding
  return pairs.flatMap((pair) => {
    const key = nameKey(pair.source.name)
    const [read, own] = [reads.get(key), names.get(key)]
    if (read?.kind !== 'incremental' || own === undefined) return []
    const columns = (pair.target.key?.columns ?? []).map(({ name }) => name)
    const buckets = bucketsFor(mostRowsOf(pair.target.members))
    const hashing: Hashing = { columns, keyColumns: columns, buckets, samplePercent: 100, isConverted }
    const ownParts = parts.filter((part) => nameKey(part.table) === key)
    return [{ pair, names: own, since: read.since, request: { parts: ownParts, since: read.since, hashing } }]
  })
}

/** Looks into the buckets of those tables alone whose sums differ as a whole: in most nights, few rows go. */
async function findBuckets<P extends Part>(
  rules: RunRules,
  target: Database,
  changes: ChangeSource<P>,
  tables: readonly Incremental<P>[],
  there: readonly BucketSums[],
  here: readonly BucketSums[],
): Promise<number[][]> {
  const affected = tables.filter((_, index) => bucketsOf(there[index], here[index]).length > 0)
  const [theirs, ours] = await Promise.all([
    changes.sumUnchanged(
      affected.map(({ request }) => request),
      false,
    ),
    sumTarget(target, rules.jobs, affected, false),
  ])
  return tables.map((table) => {
    const index = affected.indexOf(table)
    return index === -1 ? [] : bucketsOf(theirs[index], ours[index])
  })
}

async function sumTarget<P extends Part>(
  target: Database,
  jobs: number,
  tables: readonly Incremental<P>[],
  isTotal: boolean,
): Promise<BucketSums[]> {
  const sums = tables.map(() => new BucketSums())
  const items = tables.map((table, index) => ({ table, sum: sums[index] }))
  await inParallel(
    target,
    jobs,
    items,
    async (session) => void (await session.execute(SUM_SETTINGS)),
    async (session, { table: { pair, names, request }, sum }) => {
      const key = usableKey(pair.target, copiedColumns(pair))
      if (key === undefined) throw new Error('An incremental table without a key')
      const keys = keysNotInSql(pair.target, key, names.landing)
      await sum?.add(session, keySumsSql(keys, request.hashing, isTotal))
    },
  )
  return sums
}

function bucketsOf(there: BucketSums | undefined, here: BucketSums | undefined): number[] {
  return there === undefined || here === undefined ? [] : there.differences(here).map(({ bucket }) => bucket)
}

/**
 * Lands the keys of the unchanged rows in the buckets that differ. Where the target lacks one of them, a row has come into the
 * condition of its table without being changed: then the rows of these buckets land whole.
 */
async function landKeys<P extends Part>(
  landing: KeyLanding<P>,
  changes: ChangeSource<P>,
  coordinator: Session,
  tables: readonly Incremental<P>[],
  differing: readonly (readonly number[])[],
): Promise<void> {
  const affected = tables.flatMap((table, index) => {
    const buckets = differing[index] ?? []
    return buckets.length === 0 ? [] : [{ ...table, buckets }]
  })
  for (const { pair, names } of affected) await createKeyTable(coordinator, pair, names)
  await landing.copy(
    affected.flatMap(({ request, buckets }) => changes.keysIn(request, buckets)),
    placesOf(affected, ({ names, request }) => ({ landing: names.keys, columns: request.hashing.columns })),
  )
  const lacking = []
  for (const table of affected) if (await lacksKeys(coordinator, table)) lacking.push(table)
  await landing.copy(
    lacking.flatMap(({ request, buckets }) => changes.rowsIn(request, buckets)),
    placesOf(lacking, ({ names, pair }) => ({
      landing: names.landing,
      columns: copiedColumns(pair).map((column) => column.name),
    })),
  )
}

/** Copies parts into places of their own. */
interface KeyLanding<P extends Part> {
  readonly copy: (parts: readonly P[], places: ReadonlyMap<string, LandingPlace>) => Promise<void>
}

function keyLanding<P extends Part>(
  rules: RunRules,
  watch: Watch,
  target: Database,
  source: RowSource<P>,
  inspection: Inspection,
): KeyLanding<P> {
  const encoding = landingEncoding(source.encoding, inspection.target.server.encoding)
  return {
    copy: async (parts, places) => {
      const placeOf = (table: TableName) => {
        const place = places.get(nameKey(table))
        if (place === undefined) throw new Error('A part of a table that has no place to land')
        return place
      }
      await copyParts({
        parts,
        openReader: source.openReader,
        openWriter: async () => new LandingWriter(await target.session(), placeOf, encoding),
        jobs: rules.jobs,
        // These are few, and the progress of landing has ended.
        report: () => undefined,
        signal: watch.signal,
      })
    },
  }
}

function placesOf<P extends Part>(
  tables: readonly Incremental<P>[],
  placeOf: (table: Incremental<P>) => LandingPlace,
): Map<string, LandingPlace> {
  return new Map(tables.map((table) => [nameKey(table.pair.source.name), placeOf(table)]))
}

async function lacksKeys<P extends Part>(
  session: Session,
  { pair, names }: Incremental<P>,
): Promise<boolean> {
  const key = usableKey(pair.target, copiedColumns(pair))
  if (key === undefined) throw new Error('An incremental table without a key')
  const { n } = await session.queryOne<{ n: number }>(
    `SELECT count(*)::float8 AS n FROM ${relation(names.keys)} AS l
     WHERE NOT EXISTS (SELECT FROM ${tableSql(pair.target)} AS t WHERE ${sameKeySql(key, 't', 'l')})`,
  )
  return n > 0
}
