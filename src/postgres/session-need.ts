/** The sessions that a part of a run has open at once, and the setting that says how many. */
export interface SessionNeed {
  readonly sessions: number
  readonly setting: string
  /** What the setting says; undefined where it cannot be lowered. */
  readonly value: number | undefined
}

/** Sessions of a run besides those of its `jobs`: one that coordinates, and one that looks at the catalog or tells of progress. */
const OTHER_SESSIONS = 2

/** What the database step of a run needs of each server. */
export function needOfJobs(jobs: number): SessionNeed {
  return { sessions: jobs + OTHER_SESSIONS, setting: '`jobs`', value: jobs }
}

/** The highest value of the setting with which the work needs no more than `free` sessions. */
export function fittingValue({ sessions, value = 1 }: SessionNeed, free: number): number {
  return value - (sessions - free)
}
