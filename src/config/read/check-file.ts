import type { z } from 'zod'
import { type ConfigFile, fileSchema } from '../schema/file-schema.ts'
import { knownKeys } from '../schema/json-schema.ts'
import { didYouMean } from './did-you-mean.ts'
import { displayKey, type Problem } from './problem.ts'

/** What a check of a file found. `content` is undefined if the file cannot be used. */
export interface CheckedFile {
  readonly content: ConfigFile | undefined
  readonly problems: readonly Problem[]
}

/** Parses the tree of a file against the schema, and finds everything in it that does not fit. */
export function checkFile(tree: unknown): CheckedFile {
  const { data, error } = fileSchema.safeParse(tree)
  return { content: data, problems: (error?.issues ?? []).flatMap((issue) => explainIssue(issue, tree)) }
}

function explainIssue(issue: z.core.$ZodIssue, tree: unknown): Problem[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path, message: explainUnknownKey(key, path) }))
  }
  const meant = issue.code === 'invalid_union' ? meantBranch(issue.errors) : undefined
  if (meant !== undefined) {
    return meant.flatMap((inner) => explainIssue({ ...inner, path: [...path, ...inner.path] }, tree))
  }
  if (issue.code === 'invalid_key') return issue.issues.map(({ message }) => ({ path, message }))
  const value = valueAt(tree, path)
  if (value === undefined) return [{ path, message: 'is missing' }]
  if (value === null) return [{ path, message: 'is empty; give it a value or remove the key' }]
  return [{ path, message: issue.message }]
}

/** What is wrong with the one form that the value has, if it has the shape of one: what is within it is wrong, then, or a key. */
function meantBranch(
  branches: readonly (readonly z.core.$ZodIssue[])[],
): readonly z.core.$ZodIssue[] | undefined {
  const fitting = branches.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  )
  return fitting.length === 1 ? fitting[0] : undefined
}

function explainUnknownKey(key: string, path: readonly PropertyKey[]): string {
  return `unknown key \`${displayKey(key)}\`${didYouMean(key, knownKeys(path))}`
}

function valueAt(tree: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, step) => {
    return typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined
  }, tree)
}
