/** One statement of a script. */
export interface SqlStatement {
  /** Without the semicolon that ends it. */
  readonly sql: string
  /** Where it begins in the script, from 1. */
  readonly line: number
  /** Its words that are not quoted, in upper case and in their order. */
  readonly words: readonly string[]
}

/** What is wrong with a script before any server has seen it. */
export interface ScriptProblem {
  readonly line: number
  readonly message: string
}

const TOKEN =
  /(?<space>\s+)|(?<comment>--[^\n\r]*)|(?<block>\/\*)|(?<escaped>[eE]'[^'\\]*(?:(?:\\[\s\S]|''|'(?:[ \t\f\v]|--[^\n\r]*)*[\n\r](?:\s|--[^\n\r]*[\n\r])*')[^'\\]*)*(?<endOfEscaped>'?))|(?<string>'[^']*(?:''[^']*)*(?<endOfString>'?))|(?<quoted>"[^"]*(?:""[^"]*)*(?<endOfQuoted>"?))|(?<dollar>\$(?:[\p{L}_][\p{L}\p{N}_]*)?\$)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<number>\d[\p{L}\p{N}_.]*)|(?<other>[\s\S])/uy

/** Words beyond these decide nothing. */
const MOST_WORDS = 200

/**
 * Splits a script into statements as psql does: at semicolons outside of quotes, comments, parentheses and bodies of functions. Strings are read as with
 * `standard_conforming_strings = on`.
 */
export function splitSql(script: string): {
  readonly statements: readonly SqlStatement[]
  readonly problems: readonly ScriptProblem[]
} {
  const statements: SqlStatement[] = []
  const problems: ScriptProblem[] = []
  let open = newStatement()
  let line = 1
  const finish = (end: number) => {
    if (open.from !== undefined)
      statements.push({ sql: script.slice(open.from, end).trimEnd(), line: open.line, words: open.words })
    open = newStatement()
  }
  for (let at = 0; at < script.length; ) {
    TOKEN.lastIndex = at
    const { 0: text = script.slice(at), groups = {} } = TOKEN.exec(script) ?? {}
    const whole = wholeToken(script, at, text, groups)
    if (whole === undefined) {
      problems.push({ line, message: `${unfinished(groups)} has no end` })
      finish(script.length)
      return { statements, problems }
    }
    const isBlank = groups.space !== undefined || groups.comment !== undefined || groups.block !== undefined
    if (groups.other === '\\') {
      problems.push({ line, message: 'has a command of psql, which only psql supports' })
      return { statements, problems }
    }
    if (groups.other === ';' && open.depth === 0 && open.bodies === 0) finish(at)
    else if (!isBlank) {
      if (open.from === undefined) open = { ...open, from: at, line }
      take(open, groups)
    }
    line += whole.split('\n').length - 1
    at += whole.length
  }
  finish(script.length)
  return { statements, problems }
}

interface OpenStatement {
  from: number | undefined
  line: number
  words: string[]
  /** Parentheses. */
  depth: number
  /** `BEGIN ATOMIC … END` of a function, and each CASE in it. */
  bodies: number
  /** Whether it creates a function. */
  isOfFunction: boolean
  /** The last three words. */
  last: string[]
}

function newStatement(): OpenStatement {
  return { from: undefined, line: 0, words: [], depth: 0, bodies: 0, isOfFunction: false, last: [] }
}

type Groups = Readonly<Record<string, string | undefined>>

function take(open: OpenStatement, { word, other }: Groups): void {
  if (other === '(') open.depth += 1
  if (other === ')') open.depth = Math.max(0, open.depth - 1)
  if (word === undefined) return
  const upper = word.toUpperCase()
  // By itself, or within CREATE SCHEMA.
  open.isOfFunction ||= open.words[0] === 'CREATE' && FUNCTION.test([...open.last, upper].join(' '))
  if (open.isOfFunction && upper === 'ATOMIC' && open.last.at(-1) === 'BEGIN') open.bodies += 1
  else if (open.bodies > 0 && upper === 'CASE') open.bodies += 1
  else if (open.bodies > 0 && upper === 'END') open.bodies -= 1
  if (open.words.length < MOST_WORDS) open.words.push(upper)
  open.last = [...open.last.slice(-2), upper]
}

const FUNCTION = /\bCREATE (OR REPLACE )?(FUNCTION|PROCEDURE)$/

/** A token up to its end, where more than a regular expression is needed to find that; undefined if it has none. */
function wholeToken(script: string, at: number, text: string, groups: Groups): string | undefined {
  if (groups.block !== undefined) return blockComment(script, at)
  if (groups.dollar !== undefined) {
    const end = script.indexOf(text, at + text.length)
    return end === -1 ? undefined : script.slice(at, end + text.length)
  }
  const isOpen = [groups.endOfEscaped, groups.endOfString, groups.endOfQuoted].includes('')
  return isOpen ? undefined : text
}

/** Comments of PostgreSQL nest. */
function blockComment(script: string, from: number): string | undefined {
  let depth = 0
  for (const { 0: mark, index } of script.slice(from).matchAll(/\/\*|\*\//g)) {
    depth += mark === '/*' ? 1 : -1
    if (depth === 0) return script.slice(from, from + index + 2)
  }
  return undefined
}

function unfinished({ block, quoted, dollar }: Groups): string {
  if (block !== undefined) return 'the comment that begins here'
  if (quoted !== undefined) return 'the quoted name that begins here'
  return dollar === undefined ? 'the string that begins here' : `the text that ${dollar} begins here`
}
