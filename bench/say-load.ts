import type { Measured } from './run-measured.ts'
import { say } from './say.ts'

/** Says how long a run took that sent so many documents. */
export function sayLoad(what: string, sent: number, { seconds, peakMb }: Measured): void {
  const rate = sent === 0 ? '' : `, ${Math.round(sent / seconds).toLocaleString('en-US')} documents/s`
  say(`${what}: ${seconds.toFixed(1)} s${rate}, peak ${peakMb.toFixed(0)} MB`)
}
