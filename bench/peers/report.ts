import type { Measured } from '../run-measured.ts'
import type { Scenario } from './way.ts'

/** What one run of a way took. */
export interface Figures extends Measured {
  readonly clientCpu: number
  readonly sourceCpu: number
  readonly targetCpu: number
  readonly walMb: number
}

/** What was measured of a scenario: the rounds of each way, in the order of its ways. */
export interface Result {
  readonly scenario: Pick<Scenario, 'name' | 'title' | 'goals'>
  readonly ways: readonly { readonly name: string; readonly rounds: readonly Figures[] }[]
}

/** The medians of a way, and what they are of those of the first way. */
export interface Row extends Figures {
  readonly name: string
  readonly ratio: number
  readonly cpuRatio: number
}

const FIGURES = ['seconds', 'clientCpu', 'sourceCpu', 'targetCpu', 'peakMb', 'walMb'] as const

/** The medians of every way of a result. Pure. */
export function rowsOf({ ways }: Result): Row[] {
  const medians = ways.map(({ name, rounds }) => ({ name, ...medianOf(rounds) }))
  const [base] = medians
  if (base === undefined) return []
  return medians.map((each) => ({
    ...each,
    ratio: each.seconds / base.seconds,
    cpuRatio: cpuOf(each) / cpuOf(base),
  }))
}

/** A result as Markdown: a table, and what became of its goals. Pure. */
export function toMarkdown(result: Result): string {
  const rows = rowsOf(result)
  const hasSizes = rows.some(({ diskMb }) => diskMb !== undefined)
  const head = [
    'way',
    'wall s',
    'ratio',
    'CPU s of client',
    'of source',
    'of target',
    'CPU, ratio',
    'peak MB of client',
    'WAL MB',
  ]
  const lines = rows.map((row) => [
    row.name.replaceAll('|', '\\|'),
    row.seconds.toFixed(1),
    row.ratio.toFixed(2),
    row.clientCpu.toFixed(1),
    row.sourceCpu.toFixed(1),
    row.targetCpu.toFixed(1),
    row.cpuRatio.toFixed(2),
    // Of a shell with several programs, it is not known.
    row.name.startsWith('mbsync') ? row.peakMb.toFixed(0) : '–',
    row.walMb.toFixed(0),
    ...(hasSizes ? [row.diskMb?.toFixed(0) ?? '–'] : []),
  ])
  const titles = hasSizes ? [...head, 'MB on disk'] : head
  const table = [titles, titles.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`)
  return [
    `### ${result.scenario.title} (\`${result.scenario.name}\`)`,
    '',
    ...table,
    ...goalLines(result, rows),
  ].join('\n')
}

function goalLines({ scenario }: Result, rows: readonly Row[]): string[] {
  const lines = (scenario.goals ?? []).flatMap(({ way, against, ratio }) => {
    const [own, other] = [way, against].map((wanted) => rows.find(({ name }) => name === wanted))
    if (own === undefined || other === undefined) return []
    const found = own.seconds / other.seconds
    const verdict = found <= ratio ? 'reached' : 'missed'
    const cpu = (cpuOf(own) / cpuOf(other)).toFixed(2)
    return [
      `- \`${way}\` against \`${against}\`: goal ${ratio.toFixed(2)}, ${found.toFixed(2)} (CPU ${cpu}), ${verdict}`,
    ]
  })
  return lines.length === 0 ? [] : ['', ...lines]
}

function medianOf(rounds: readonly Figures[]): Figures {
  const entries = FIGURES.map((column) => [column, median(rounds.map((each) => each[column]))] as const)
  const sizes = rounds.flatMap(({ diskMb }) => diskMb ?? [])
  return {
    ...(Object.fromEntries(entries) as Record<(typeof FIGURES)[number], number>),
    ...(sizes.length === 0 ? {} : { diskMb: median(sizes) }),
  }
}

function cpuOf({ clientCpu, sourceCpu, targetCpu }: Figures): number {
  return clientCpu + sourceCpu + targetCpu
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
