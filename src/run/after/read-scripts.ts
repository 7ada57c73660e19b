import { readFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { TextDecoder } from 'node:util'
import type { RunRules } from '../../config/config.ts'
import { coded, type Finding } from '../../core/finding.ts'
import type { SqlStatement } from '../../core/split-sql.ts'
import { findFiles } from '../../files/find-files.ts'
import { errorFinding, noteFinding } from '../../transfer/validate/finding.ts'
import { judgeScript } from './judge-script.ts'

/** A file whose statements run after the rows. */
export interface AfterScript {
  /** Its path, relative to the folder of the configuration. */
  readonly file: string
  readonly statements: readonly SqlStatement[]
}

/** The files that `after` of a profile names, and what prevents running them. */
export interface ReadScripts {
  readonly scripts: readonly AfterScript[]
  readonly findings: readonly Finding[]
}

/** Reads the files of `after` in order. What was read is what runs, even if a file changes in the meantime. */
export async function readScripts({ after }: Pick<RunRules, 'after'>): Promise<ReadScripts> {
  if (after === undefined) return { scripts: [], findings: [] }
  const scripts: AfterScript[] = []
  const findings: Finding[] = []
  const known = new Set<string>()
  for (const pattern of after.patterns) {
    const found = await findFiles(after.folder, pattern)
    if ('missing' in found) {
      const missing = relative(after.folder, found.missing) || '.'
      findings.push(errorFinding(pattern, `the folder ${missing} of \`after\` cannot be read`, HINT_MISSING))
      continue
    }
    if (found.files.length === 0)
      findings.push(noteFinding(pattern, 'the pattern of `after` matches no file: nothing runs'))
    for (const path of found.files) {
      // A file that two patterns match runs once, at its place in the first one.
      if (known.has(path)) continue
      known.add(path)
      const file = relative(after.folder, path)
      const read = await readScript(path, file)
      if ('statements' in read) scripts.push(read)
      else findings.push(...read.problems)
    }
  }
  return { scripts, findings: coded('after', findings) }
}

const HINT_MISSING = 'Correct the path: it is relative to the folder of mbsync.yaml.'
const HINT_SCRIPT = 'Each file runs in a transaction of mbsync: leave the statement out, or run it by hand.'

async function readScript(
  path: string,
  file: string,
): Promise<AfterScript | { readonly problems: readonly Finding[] }> {
  const bytes = await readFile(path).catch(() => undefined)
  if (bytes === undefined)
    return { problems: [errorFinding(file, 'the file of `after` cannot be read', HINT_MISSING)] }
  const text = decode(bytes)
  if (text === undefined) {
    const hint = 'Save the file in UTF-8.'
    return { problems: [errorFinding(file, 'the file of `after` is not text in UTF-8', hint)] }
  }
  const { statements, problems } = judgeScript(text)
  if (problems.length === 0) return { file, statements }
  return {
    problems: problems.map(({ line, message }) =>
      errorFinding(file, `line ${line} of the file of \`after\` ${message}`, HINT_SCRIPT),
    ),
  }
}

/** Without the byte order mark that some editors write. */
function decode(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text.includes('\0') ? undefined : text
  } catch {
    return undefined
  }
}
