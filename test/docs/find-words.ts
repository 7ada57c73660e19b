import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'vite'
import { DOCUMENTS, readDocument } from '../support/documents.ts'
import { REPOSITORY } from '../support/pack.ts'

/** What readers trip over, and what to write. */
const WORDS: readonly (readonly [pattern: RegExp, instead: string])[] = [
  [/\b(?:tells?|told|telling|untold)\b/i, 'report, print, show, say'],
  [/\b(?:has|have|had|is|are|was|were|be) gone\b|\bvanish\w*/i, 'deleted, missing, no longer there'],
  [/\b(?:somebody|nobody|whoever|anybody)(?:'s)?\b/i, 'another session, another client, users'],
  [/\bin place of\b/i, 'instead of'],
  [/\banew\b/i, 'again, from scratch'],
  [/\bby and by\b/i, 'later, in the background'],
  [/\bas good as\b/i, 'nearly'],
  [/\bso (?:many|long|much)\b(?! as\b| that\b)/i, 'n, up to this long'],
  [/\b(?:is|are|was|were) to be\b/i, 'must, will'],
]

/** A place in a text where a word stands that is dropped from what mbsync says. */
export interface FoundWord {
  readonly path: string
  readonly line: number
  readonly word: string
  readonly instead: string
}

/** Words of documents, of `--help` and of messages that are dropped. The changelog is of its time. */
export function findWords(): FoundWord[] {
  const documents = DOCUMENTS.filter((path) => path !== 'CHANGELOG.md')
  return [
    ...documents.flatMap((path) => inText(path, readDocument(path), 1)),
    ...sources().flatMap(inLiterals),
  ]
}

function sources(): string[] {
  const paths = readdirSync(join(REPOSITORY, 'src'), { recursive: true, encoding: 'utf8' })
  return paths
    .filter((path) => path.endsWith('.ts') && !path.includes('/migrations/'))
    .map((path) => `src/${path}`)
    .sort()
}

function inText(path: string, text: string, firstLine: number): FoundWord[] {
  return text.split('\n').flatMap((line, index) =>
    WORDS.flatMap(([pattern, instead]) => {
      const found = pattern.exec(line)
      return found === null ? [] : [{ path, line: firstLine + index, word: found[0], instead }]
    }),
  )
}

interface Node {
  readonly type: string
  readonly start: number
  readonly [key: string]: unknown
}

function inLiterals(path: string): FoundWord[] {
  const source = readDocument(path)
  const lineOf = (at: number) => source.slice(0, at).split('\n').length
  const visit = (node: Node): FoundWord[] => {
    if (node.type === 'ImportDeclaration') return []
    const text =
      node.type === 'Literal' && typeof node.value === 'string'
        ? node.value
        : node.type === 'TemplateElement'
          ? (node.value as { readonly cooked: string }).cooked
          : undefined
    if (text !== undefined) return inText(path, text, lineOf(node.start))
    return Object.values(node).flat().filter(isNode).flatMap(visit)
  }
  return visit(parseSync(path, source).program as unknown as Node)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
