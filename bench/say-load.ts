import type { Measured } from './run-measured.ts'
import { say } from './say.ts'

/** What a run has used of the processor, in seconds. */
export interface UsedCpu {
  readonly clientCpu: number
  readonly targetCpu: number
}

/** Says how long a run took that sent so many documents, and what it used of the processor, which a busy machine does not change much. */
export function sayLoad(what: string, sent: number, { seconds, peakMb }: Measured, cpu?: UsedCpu): void {
  const rate = sent === 0 ? '' : `, ${Math.round(sent / seconds).toLocaleString('en-US')} documents/s`
  const used =
    cpu === undefined
      ? ''
      : `, CPU s of mbsync ${cpu.clientCpu.toFixed(1)}, of the target ${cpu.targetCpu.toFixed(1)}`
  say(`${what}: ${seconds.toFixed(1)} s${rate}${used}, peak ${peakMb.toFixed(0)} MB`)
}
