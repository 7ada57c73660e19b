import { type ScriptProblem, type SqlStatement, splitSql } from '../../core/split-sql.ts'

/** Splits a script into statements, and finds those that cannot be part of mbsync's transaction. Pure. */
export function judgeScript(script: string): {
  readonly statements: readonly SqlStatement[]
  readonly problems: readonly ScriptProblem[]
} {
  const { statements, problems } = splitSql(script)
  const found = statements.flatMap(({ line, words }) => {
    const message = whyNot(words)
    return message === undefined ? [] : [{ line, message }]
  })
  // The lines after the first COPY FROM STDIN are not SQL.
  const copy = found.find(({ message }) => message === OVER_PROTOCOL)
  const all = [...found, ...problems].sort((a, b) => a.line - b.line)
  return { statements, problems: copy === undefined ? all : all.filter(({ line }) => line <= copy.line) }
}

const CONTROL: readonly (readonly string[])[] = [
  ['BEGIN'],
  ['START', 'TRANSACTION'],
  ['COMMIT'],
  ['END'],
  ['ROLLBACK'],
  ['ABORT'],
  ['SAVEPOINT'],
  ['RELEASE'],
  ['PREPARE', 'TRANSACTION'],
  ['SET', 'TRANSACTION'],
]

const OUTSIDE: readonly (readonly string[])[] = [
  ['VACUUM'],
  ['CREATE', 'DATABASE'],
  ['DROP', 'DATABASE'],
  ['CREATE', 'TABLESPACE'],
  ['DROP', 'TABLESPACE'],
  ['ALTER', 'SYSTEM'],
  ['CREATE', 'SUBSCRIPTION'],
  ['DROP', 'SUBSCRIPTION'],
  ['REINDEX', 'DATABASE'],
  ['REINDEX', 'SYSTEM'],
  ['REINDEX', 'SCHEMA'],
  ['DISCARD', 'ALL'],
]

/** Statements that accept CONCURRENTLY, but not within a transaction. */
const CONCURRENT: readonly (readonly string[])[] = [
  ['CREATE', 'INDEX'],
  ['CREATE', 'UNIQUE', 'INDEX'],
  ['DROP', 'INDEX'],
  ['REINDEX'],
  ['ALTER', 'TABLE'],
]

const OVER_PROTOCOL = 'has a COPY from or to the client, which only psql supports'

function whyNot(words: readonly string[]): string | undefined {
  const starts = (heads: readonly (readonly string[])[]) =>
    heads.find((head) => head.every((word, index) => words[index] === word))
  const control = starts(CONTROL)
  if (control !== undefined)
    return `has ${control.join(' ')}, and mbsync itself begins and ends the transaction`
  const outside = starts(OUTSIDE) ?? (words.length === 1 && words[0] === 'CLUSTER' ? ['CLUSTER'] : undefined)
  if (outside !== undefined) return `has ${outside.join(' ')}, which PostgreSQL refuses within a transaction`
  if (words.includes('CONCURRENTLY') && starts(CONCURRENT) !== undefined)
    return 'has CONCURRENTLY, which PostgreSQL refuses within a transaction'
  const isToClient = words.includes('STDIN') || words.includes('STDOUT')
  return words[0] === 'COPY' && isToClient ? OVER_PROTOCOL : undefined
}
