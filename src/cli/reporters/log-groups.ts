/** The lines with which a CI system folds what is between them; empty where it has none. */
export interface LogGroups {
  readonly start: (title: string, nowMs: number) => string
  readonly end: (nowMs: number) => string
}

/** How the CI system that the environment names folds a part of its log; undefined if it cannot. */
export function logGroupsOf(env: NodeJS.ProcessEnv): LogGroups | undefined {
  if (env.GITHUB_ACTIONS === 'true')
    return { start: (title) => `::group::${title}`, end: () => '::endgroup::' }
  if (env.TF_BUILD !== undefined) return { start: (title) => `##[group]${title}`, end: () => '##[endgroup]' }
  if (env.GITLAB_CI !== 'true') return undefined
  // https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections
  const section = (kind: string, nowMs: number) =>
    `\u001b[0Ksection_${kind}:${Math.floor(nowMs / 1000)}:mbsync\r\u001b[0K`
  return { start: (title, nowMs) => section('start', nowMs) + title, end: (nowMs) => section('end', nowMs) }
}
