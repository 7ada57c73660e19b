import { fstatSync } from 'node:fs'
import type { SharedFlags } from '../common-flags.ts'
import type { OutputStream, Surroundings } from '../surroundings.ts'

/**
 * Whether stderr gets text for people or JSON lines, unless the flag says so. A terminal and a CI system, whose log people read, get text, as
 * does a pipe such as `tee` of a person at a terminal. Files, cron and containers get JSON.
 */
export function logFormatOf(
  { logFormat = 'auto' }: SharedFlags,
  surroundings: Surroundings,
): 'text' | 'json' {
  if (logFormat !== 'auto') return logFormat
  const { stdin, stderr, env } = surroundings
  const isRead = stderr.isTTY === true || isCi(env) || (stdin?.isTTY === true && isPipe(stderr))
  return isRead ? 'text' : 'json'
}

/** Set by GitHub Actions, GitLab CI, CircleCI, Travis and others; and by Azure Pipelines. */
function isCi({ CI, GITHUB_ACTIONS, TF_BUILD }: NodeJS.ProcessEnv): boolean {
  return [CI, GITHUB_ACTIONS, TF_BUILD].some((value) => /^(true|1)$/i.test(value ?? ''))
}

function isPipe(stream: OutputStream): boolean {
  try {
    return 'fd' in stream && typeof stream.fd === 'number' && fstatSync(stream.fd).isFIFO()
  } catch {
    return false
  }
}
