import { type Document, LineCounter, parseDocument, visit, type YAMLError } from 'yaml'
import type { Problem } from './problem.ts'

/** A parsed YAML text. `tree` is undefined if the text is too broken to look into. */
export interface ParsedYaml {
  readonly tree: unknown
  readonly problems: readonly Problem[]
}

/** Parses YAML into plain values and finds every problem with its line and column, never quoting the text. */
export function parseYaml(text: string): ParsedYaml {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, stringKeys: true })
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `line ${line}, column ${col}`
  }
  const faults = [...document.errors, ...document.warnings, ...findUnsafe(document)]
  // One fault may be found many times over at the same place.
  const messages = new Set(faults.map((fault) => `${place(fault.pos[0])}: ${explain(fault)}`))
  const problems = Array.from(messages, (message) => ({ path: [], message }))
  if (faults.some(({ code }) => code !== 'DUPLICATE_KEY')) return { tree: undefined, problems }
  try {
    return { tree: document.toJS() ?? {}, problems }
  } catch {
    // The only error left is the limit on aliases, which guards against files that unfold without end.
    return { tree: undefined, problems: [...problems, { path: [], message: 'too many aliases' }] }
  }
}

type Fault = Pick<YAMLError, 'pos'> & { readonly code: YAMLError['code'] | 'PROTO_KEY' | 'CIRCULAR' }

/** What YAML allows and no walk over plain objects survives. */
function findUnsafe(document: Document.Parsed): Fault[] {
  const faults: Fault[] = []
  visit(document, {
    Scalar(key, node) {
      if (key === 'key' && node.value === '__proto__') faults.push({ code: 'PROTO_KEY', pos: position(node) })
    },
    Alias(_, node, path) {
      const target = node.resolve(document)
      if (target === undefined) faults.push({ code: 'BAD_ALIAS', pos: position(node) })
      else if (path.includes(target)) faults.push({ code: 'CIRCULAR', pos: position(node) })
    },
  })
  return faults
}

function position({
  range,
}: {
  range?: readonly [number, number, number] | null | undefined
}): [number, number] {
  return range ? [range[0], range[1]] : [0, 0]
}

/** The library's own messages may quote the text around an error, which may be a password. */
function explain({ code }: Fault): string {
  return EXPLANATIONS[code] ?? `the YAML cannot be read here (${code})`
}

const EXPLANATIONS: Partial<Record<Fault['code'], string>> = {
  BAD_ALIAS:
    'an alias (`*name`) without an anchor (`&name`) before it; put a value that starts with * in quotes',
  BAD_DIRECTIVE: 'a line that starts with % is a directive; put the value in quotes',
  BAD_DQ_ESCAPE: 'an unknown escape after \\ in double quotes; use single quotes',
  BAD_INDENT: 'the indentation does not fit the lines around it',
  BAD_SCALAR_START: 'a value cannot start with this character; put it in quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a nested map cannot start on this line; put a value that contains `: ` in quotes',
  CIRCULAR: 'an alias refers to a value that contains it',
  DUPLICATE_KEY: 'this key is already in the map; keep one of them',
  MISSING_CHAR: 'a character is missing, such as a closing quote, a bracket or the colon after a key',
  MULTILINE_IMPLICIT_KEY: 'a key must be on one line and end with a colon',
  MULTIPLE_DOCS: 'a second document starts here; keep one document without `---` between',
  NON_STRING_KEY: 'a key must be text',
  PROTO_KEY: 'the key `__proto__` is reserved; choose another name',
  RESOURCE_EXHAUSTION: 'maps and lists are nested too deeply',
  TAB_AS_INDENT: 'tabs cannot indent; use spaces',
  TAG_RESOLVE_FAILED: 'an unknown tag; put a value that starts with ! in quotes',
  UNEXPECTED_TOKEN: 'something is not expected here; put a value with special characters in quotes',
}
