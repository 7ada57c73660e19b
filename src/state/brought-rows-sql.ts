/** Whether a row of `mbsync.runs` is of a run that has brought rows to the target, and was not rolled back since: a condition on it, by its alias. */
export function broughtRowsSql(run: string): string {
  return `${run}.status = 'succeeded' AND ${run}.mode IN ('full', 'incremental')`
}
