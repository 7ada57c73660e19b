import type { Finding } from '../../core/finding.ts'
import { splitList, sqlTokens } from '../../core/sql-tokens.ts'
import { DatabaseError } from '../../postgres/explain-error.ts'
import type { Session } from '../../postgres/session.ts'
import { withUserPath } from '../../postgres/user-path.ts'
import { quoteQualified } from '../../schema/quote-name.ts'
import { errorFinding } from '../../transfer/validate/finding.ts'

/**
 * Finds default partitions of the target that contain rows of a partition that a run will attach. PostgreSQL refuses that. If the condition
 * cannot be written, or the role may not read the rows, the statement itself will fail with a message.
 * @param statements the statements that the run executes
 */
export async function judgeDefaultPartitions(
  session: Session,
  statements: readonly string[],
): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const { parent, partition, bound } of statements.flatMap(parseAttachment)) {
    const found = await readDefault(session, parent)
    const condition = found === undefined ? undefined : boundCondition(found.key, bound)
    if (found === undefined || condition === undefined) continue
    const { name } = found
    if (!(await hasRows(session, name, condition))) continue
    findings.push(
      errorFinding(
        name,
        `is the default partition of ${parent} in the target, and has rows that belong into its new partition ${partition}`,
        `Delete them there: DELETE FROM ${name} WHERE ${condition}; the run brings those of the source with the new partition. To keep rows of the target's own, detach ${name}, create ${partition}, move the rows, and attach it again; or leave ${parent} out (\`exclude\`).`,
      ),
    )
  }
  return findings
}

interface Attachment {
  /** Quoted and qualified, like the partition. */
  readonly parent: string
  readonly partition: string
  readonly bound: string
}

const ATTACHMENT = /^ALTER TABLE (?:ONLY )?(\S[\s\S]*?) ATTACH PARTITION (\S[\s\S]*?) FOR VALUES ([\s\S]+)$/

function parseAttachment(statement: string): Attachment[] {
  const [, parent, partition, bound] = ATTACHMENT.exec(statement) ?? []
  if (parent === undefined || partition === undefined || bound === undefined) return []
  return [{ parent, partition, bound }]
}

interface DefaultPartition {
  readonly name: string
  /** Such as `RANGE (at)`. */
  readonly key: string
}

async function readDefault(session: Session, parent: string): Promise<DefaultPartition | undefined> {
  const [found] = await session.query<{ schema: string; name: string; key: string }>(
    `SELECT n.nspname AS schema, c.relname AS name, pg_get_partkeydef(p.partrelid) AS key
     FROM pg_partitioned_table p JOIN pg_class c ON c.oid = p.partdefid JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE p.partrelid = to_regclass($1) AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')`,
    [parent],
  )
  return found && { name: quoteQualified(found), key: found.key }
}

/** The condition of rows that belong to a partition; undefined if it cannot be written as a comparison of plain columns. */
function boundCondition(key: string, bound: string): string | undefined {
  const [strategy, ...rest] = sqlTokens(key)
  const columns = splitList(rest.slice(1, -1))
  if (columns.some((tokens) => tokens.length !== 1)) return undefined
  const names = columns.map(([name = '']) => name)
  const row = names.length === 1 ? (names[0] ?? '') : `(${names.join(', ')})`
  const lists = parenthesized(sqlTokens(bound))
  const [first = [], second = []] = lists
  if (strategy === 'LIST') return listCondition(row, first)
  if (strategy !== 'RANGE') return undefined
  const from = limitOf(first, names.length)
  const to = limitOf(second, names.length)
  if (from === undefined || to === undefined) return undefined
  const limits = [...(from === '' ? [] : [`${row} >= ${from}`]), ...(to === '' ? [] : [`${row} < ${to}`])]
  return limits.length === 0 ? `${row} IS NOT NULL` : limits.join(' AND ')
}

function listCondition(column: string, values: readonly string[]): string | undefined {
  const others = values.filter((value) => value !== 'NULL')
  const parts = [
    ...(others.length === 0 ? [] : [`${column} IN (${others.join(', ')})`]),
    ...(others.length === values.length ? [] : [`${column} IS NULL`]),
  ]
  return parts.length === 0 ? undefined : parts.join(' OR ')
}

/** One end of a range, empty if it is open; undefined if the range has several columns and only some of them are open. */
function limitOf(values: readonly string[], count: number): string | undefined {
  const open = values.filter((value) => value === 'MINVALUE' || value === 'MAXVALUE')
  if (open.length > 0) return count === 1 ? '' : undefined
  return count === 1 ? values[0] : `(${values.join(', ')})`
}

/** The values in each pair of parentheses; a minus sign belongs to its number. */
function parenthesized(tokens: readonly string[]): string[][] {
  const lists: string[][] = []
  let open: string[] | undefined
  for (const token of tokens) {
    if (token === '(') open = []
    else if (token === ')') {
      if (open !== undefined) lists.push(splitList(open).map((part) => part.join('')))
      open = undefined
    } else open?.push(token)
  }
  return lists
}

async function hasRows(session: Session, name: string, condition: string): Promise<boolean> {
  try {
    const { found } = await withUserPath(session, 'reading', () =>
      session.queryOne<{ found: boolean }>(`SELECT EXISTS (SELECT FROM ${name} WHERE ${condition}) AS found`),
    )
    return found
  } catch (error) {
    // Its type may compare values in another way than their text suggests.
    if (error instanceof DatabaseError && !error.isConnectionLost) return false
    throw error
  }
}
