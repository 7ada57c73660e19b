import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Cluster } from '../test/support/cluster.ts'

const TICKS_PER_SECOND = 100

/** What a server has used of the processor, with all sessions that have ended. */
export function serverCpuSeconds({ dataDirectory }: Pick<Cluster, 'dataDirectory'>): number {
  const [pid] = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n')
  return secondsOf(`/proc/${pid}/stat`, 0)
}

/** What the programs have used that this process has started and seen end. */
export function childCpuSeconds(): number {
  return secondsOf('/proc/self/stat', 2)
}

/** Fields 14 to 17 of proc(5): user and system time, then those of the children that have ended. */
function secondsOf(file: string, first: number): number {
  const text = readFileSync(file, 'utf8')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields.slice(11 + first, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS_PER_SECOND
}
