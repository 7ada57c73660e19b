import type { Problem } from './problem.ts'

/** A tree of plain values whose references are replaced. A text with a problem is left as it was. */
export interface ExpandedTree {
  readonly tree: unknown
  readonly problems: readonly Problem[]
}

/**
 * Replaces `${NAME}` and `${NAME:-default}` in every text of a tree. It works after YAML is parsed and only once,
 * so whatever a variable holds stays one value. `$${` stands for a literal `${`. Keys are left alone.
 */
export function expandVariables(tree: unknown, variables: ReadonlyMap<string, string>): ExpandedTree {
  const problems: Problem[] = []
  const expand = (value: unknown, path: readonly PropertyKey[]): unknown => {
    if (typeof value === 'string') {
      const { text, faults } = expandText(value, variables)
      problems.push(...faults.map((message) => ({ path, message })))
      return faults.length === 0 ? text : value
    }
    if (Array.isArray(value)) return value.map((item, index) => expand(item, [...path, index]))
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, expand(item, [...path, key])]))
  }
  return { tree: expand(tree, []), problems }
}

/** The tree that {@link expandVariables} makes this one of, whatever its texts are. */
export function literally<T>(tree: T): T {
  const written = (value: unknown): unknown => {
    if (typeof value === 'string') return value.replaceAll('${', () => '$${')
    if (Array.isArray(value)) return value.map(written)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, written(item)]))
  }
  return written(tree) as T
}

/** Why a variable cannot be used, with what to do about it; undefined if it can. */
export function findVariableProblem(
  name: string,
  variables: ReadonlyMap<string, string>,
): string | undefined {
  const value = variables.get(name)
  if (value !== undefined && value !== '') return undefined
  // Schedulers and CI systems pass a secret that they do not know as an empty text.
  const state = value === undefined ? 'not set' : 'empty'
  return `the variable ${name} is ${state}; set it in the environment or in .env`
}

// biome-ignore lint/suspicious/noTemplateCurlyInString: it shows how references are written
const MALFORMED = '`${` must be followed by a variable name and `}`; write `$${` for a literal `${`'
const NESTED = 'a default cannot hold another `${`'
const REFERENCE = /\$\$\{|\$\{([A-Za-z_]\w*)(?:(:-)([^}]*))?\}|\$\{/g

function expandText(
  value: string,
  variables: ReadonlyMap<string, string>,
): { readonly text: string; readonly faults: readonly string[] } {
  const faults: string[] = []
  const text = value.replace(
    REFERENCE,
    (match: string, name?: string, hasDefault?: string, fallback?: string) => {
      if (match === '$${') return '${'
      if (name === undefined) {
        faults.push(MALFORMED)
        return match
      }
      // The first `}` ends the reference, so the outer one's would be left over as text.
      if (fallback?.includes('${') === true) {
        faults.push(NESTED)
        return match
      }
      const problem = findVariableProblem(name, variables)
      if (problem === undefined) return variables.get(name) ?? ''
      if (hasDefault === undefined) faults.push(problem)
      return fallback ?? ''
    },
  )
  return { text, faults }
}
