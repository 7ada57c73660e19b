import { isSameSql } from '../exact-sql.ts'
import { quoteName, quoteQualified } from '../quote-name.ts'
import type { TableDetails } from '../table-details.ts'
import { knownOptions } from '../write-options.ts'
import { review, safe, versus } from './changes.ts'
import { compareColumns } from './compare-columns.ts'
import { describeOptions, optionActions } from './compare-options.ts'
import type { Change } from './difference.ts'
import type { Pair, Sides } from './sides.ts'

/** What differs in a table that both databases have, except constraints, indexes and other separate objects. */
export function compareTable(pair: Pair, sides: Sides): Change[] {
  const [source, target] = [pair.source.table, pair.target.table]
  if (source === undefined || target === undefined) return []
  return [
    ...compareKind(source, target),
    ...compareColumns({ table: source, tables: pair, source, target }, sides),
    ...compareStorage(source, target, Math.min(sides.source.serverVersion, sides.target.serverVersion)),
    ...compareSecurity(source, target),
  ]
}

/** A property that decides about the table's rows. No statement that certainly loses nothing can change it. */
function compareKind(source: TableDetails, target: TableDetails): Change[] {
  const table = quoteQualified(source.name)
  const facts = { isAboutRows: true }
  const changes: Change[] = []
  if (!isSameSql(source.partitionKey, target.partitionKey)) {
    const what = `partitioned by ${versus(target.partitionKey, source.partitionKey, 'nothing')}`
    changes.push(review('partitioning', what, 'the table must be created again', [], facts))
  }
  const [from, to] = [bound(target), bound(source)]
  if (from !== to) {
    const detach =
      target.partitionOf === undefined
        ? []
        : [`ALTER TABLE ${quoteQualified(target.partitionOf.parent)} DETACH PARTITION ${table}`]
    const attach =
      source.partitionOf === undefined
        ? []
        : [
            `ALTER TABLE ${quoteQualified(source.partitionOf.parent)} ATTACH PARTITION ${table} ${source.partitionOf.bound}`,
          ]
    const reason = 'rows become part of another table, or stop being part of it'
    changes.push(review('partition', versus(from, to, 'no partition'), reason, [...detach, ...attach], facts))
  }
  const [ofTarget, ofSource] = [target, source].map(({ inherits }) => inherits.map(quoteQualified))
  if (source.inherits.length + target.inherits.length > 0 && ofTarget?.join() !== ofSource?.join()) {
    const what = `inherits from ${versus(ofTarget?.join(', ') || undefined, ofSource?.join(', ') || undefined, 'no table')}`
    const statements = [
      ...(ofTarget ?? [])
        .filter((name) => !ofSource?.includes(name))
        .map((name) => `ALTER TABLE ${table} NO INHERIT ${name}`),
      ...(ofSource ?? [])
        .filter((name) => !ofTarget?.includes(name))
        .map((name) => `ALTER TABLE ${table} INHERIT ${name}`),
    ]
    changes.push(
      review(
        'inheritance',
        what,
        'rows become part of another table, or stop being part of it',
        statements,
        facts,
      ),
    )
  }
  if (source.ofType !== target.ofType) {
    const statement = source.ofType === undefined ? 'NOT OF' : `OF ${source.ofType}`
    const what = `of type ${versus(target.ofType, source.ofType)}`
    changes.push(review('table', what, 'the columns follow the type', [`ALTER TABLE ${table} ${statement}`]))
  }
  return changes
}

function bound({ partitionOf }: TableDetails): string | undefined {
  return partitionOf === undefined
    ? undefined
    : `partition of ${quoteQualified(partitionOf.parent)} ${partitionOf.bound}`
}

const REWRITES = 'the whole table is written again under a lock that readers wait for'

function compareStorage(source: TableDetails, target: TableDetails, version: number): Change[] {
  const to = knownOptions(source.options, version)
  const from = knownOptions(target.options, version)
  const alter = `ALTER TABLE ONLY ${quoteQualified(source.name)}`
  const changes: Change[] = []
  if (source.isUnlogged !== target.isUnlogged) {
    const [there, here] = [target, source].map(({ isUnlogged }) => (isUnlogged ? 'unlogged' : 'logged'))
    changes.push(
      review('table setting', versus(there, here), REWRITES, [`${alter} SET ${here?.toUpperCase()}`]),
    )
  }
  if (source.accessMethod !== target.accessMethod) {
    const what = `access method ${versus(target.accessMethod, source.accessMethod, 'heap')}`
    const statement = `${alter} SET ACCESS METHOD ${quoteName(source.accessMethod ?? 'heap')}`
    changes.push(review('table setting', what, REWRITES, [statement]))
  }
  const options = optionActions(from, to)
  if (options.length > 0) {
    const what = `options ${versus(describeOptions(from), describeOptions(to))}`
    changes.push(safe('table setting', what, { within: options.map((action) => `${alter} ${action}`) }))
  }
  if (source.replicaIdentity !== target.replicaIdentity) {
    // The index itself says so where it is created or compared.
    const within =
      source.replicaIdentity === 'index'
        ? []
        : [`${alter} REPLICA IDENTITY ${source.replicaIdentity.toUpperCase()}`]
    const what = `replica identity ${versus(target.replicaIdentity, source.replicaIdentity)}`
    changes.push(safe('table setting', what, { within }))
  }
  return changes
}

function compareSecurity(source: TableDetails, target: TableDetails): Change[] {
  const alter = `ALTER TABLE ${quoteQualified(source.name)}`
  const flag = (name: string, from: boolean, to: boolean, [on, off]: readonly [string, string]) =>
    from === to
      ? []
      : [
          safe('row security', `${name} ${versus(from ? 'on' : 'off', to ? 'on' : 'off')}`, {
            within: [`${alter} ${to ? on : off} ROW LEVEL SECURITY`],
          }),
        ]
  return [
    ...flag('row security', target.hasRowSecurity, source.hasRowSecurity, ['ENABLE', 'DISABLE']),
    ...flag('row security for the owner', target.isRowSecurityForced, source.isRowSecurityForced, [
      'FORCE',
      'NO FORCE',
    ]),
  ]
}
