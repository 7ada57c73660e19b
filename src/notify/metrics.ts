import { EXIT_CODES } from '../core/exit-codes.ts'
import type { Ending } from './ending.ts'

/** Every metric with what it tells. */
const METRICS = {
  mbsync_run_success_timestamp_seconds: 'When the last run ended that was completely successful.',
  mbsync_run_finished_timestamp_seconds: 'When the last run ended, with any outcome.',
  mbsync_run_exit_code: 'The exit status of the last run; 0 means success.',
  mbsync_run_duration_seconds: 'How long the last run took.',
  mbsync_run_rows: 'Rows of the target that the last run inserted, updated, deleted or found unchanged.',
  mbsync_run_bytes: 'COPY bytes that the last run read.',
  mbsync_run_search_documents: 'Documents that the last run indexed, deleted, or had rejected.',
  mbsync_data_timestamp_seconds: 'The latest moment of the source that the target shows.',
  mbsync_lag_seconds: 'How old the data of the target was when the last run ended.',
} as const

type Metric = keyof typeof METRICS

/** These are of a profile, whatever command brings its data. */
const OF_PROFILE: readonly Metric[] = ['mbsync_data_timestamp_seconds', 'mbsync_lag_seconds']
/** The commands after which the target shows the source as it was when they began. */
const BRING_DATA = ['sync', 'full-sync']

interface Sample {
  readonly metric: Metric
  /** As they stand between the braces. */
  readonly labels: string
  readonly value: string
}

/**
 * The text of a metrics file after a run of a whole profile: what it held of other profiles and commands stays, what it held of this one is replaced.
 * Lines that mbsync did not write are not kept.
 */
export function renderMetrics(before: string, ending: Ending): string {
  const profile = labelText({ profile: ending.profile ?? '' })
  const own = `${profile},${labelText({ command: ending.command })}`
  const isOwn = ({ metric, labels }: Sample) =>
    OF_PROFILE.includes(metric) ? labels === profile : labels === own || labels.startsWith(`${own},`)
  const old = parseSamples(before)
  const fresh = samplesOf(ending, profile, own, old.filter(isOwn))
  const nameless = `${labelText({ profile: '' })},${labelText({ command: ending.command })}`
  // A configuration that could not be read names no profile: a run that knows its profile is the end of that.
  const wasUnknown = old.some(
    ({ metric, labels, value }) =>
      metric === 'mbsync_run_exit_code' && labels === nameless && value === String(EXIT_CODES.usage.code),
  )
  const isCured = ({ labels }: Sample) => wasUnknown && ending.profile !== undefined && labels === nameless
  const samples = [...old.filter((sample) => !isOwn(sample) && !isCured(sample)), ...fresh]
  return Object.entries(METRICS)
    .flatMap(([metric, help]) => {
      const lines = samples
        .filter((sample) => sample.metric === metric)
        .map(({ labels, value }) => `${metric}{${labels}} ${value}\n`)
      return lines.length === 0 ? [] : [`# HELP ${metric} ${help}\n# TYPE ${metric} gauge\n`, ...lines.sort()]
    })
    .join('')
}

function samplesOf(ending: Ending, profile: string, own: string, before: readonly Sample[]): Sample[] {
  const { command, startedAt, finishedAt, exitCode, status, figures } = ending
  const seconds = (time: Date) => (time.getTime() / 1000).toFixed(3)
  const sample = (metric: Metric, value: number | string, labels: Record<string, string> = {}): Sample => {
    const further = labelText(labels)
    return { metric, labels: further === '' ? own : `${own},${further}`, value: String(value) }
  }
  const isUndone = command === 'rollback' && exitCode === 0
  const bringsData = BRING_DATA.includes(command) && (status === 'done' || status === 'incomplete')
  // What a run that failed does not tell stays as the run before it told.
  const last = (metric: Metric) => before.find((known) => known.metric === metric)
  const success =
    exitCode === 0
      ? sample('mbsync_run_success_timestamp_seconds', seconds(finishedAt))
      : last('mbsync_run_success_timestamp_seconds')
  const data = bringsData
    ? { metric: 'mbsync_data_timestamp_seconds' as const, labels: profile, value: seconds(startedAt) }
    : isUndone
      ? undefined
      : last('mbsync_data_timestamp_seconds')
  return [
    ...[success, data].flatMap((known) => known ?? []),
    sample('mbsync_run_finished_timestamp_seconds', seconds(finishedAt)),
    sample('mbsync_run_exit_code', exitCode),
    sample('mbsync_run_duration_seconds', ((finishedAt.getTime() - startedAt.getTime()) / 1000).toFixed(3)),
    ...Object.entries(figures.rows ?? {}).map(([operation, rows]) =>
      sample('mbsync_run_rows', rows, { operation }),
    ),
    ...(figures.bytes === undefined ? [] : [sample('mbsync_run_bytes', figures.bytes)]),
    ...(figures.search ?? []).flatMap(({ searchIndex: search_index, indexed, deleted, rejected }) =>
      Object.entries({ indexed, deleted, rejected }).map(([outcome, documents]) =>
        sample('mbsync_run_search_documents', documents, { search_index, outcome }),
      ),
    ),
    ...(data === undefined
      ? []
      : [{ metric: 'mbsync_lag_seconds' as const, labels: profile, value: lag(finishedAt, data) }]),
  ]
}

function lag(finishedAt: Date, data: Sample): string {
  return (finishedAt.getTime() / 1000 - Number(data.value)).toFixed(3)
}

function labelText(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeLabel(value)}"`)
    .join(',')
}

function escapeLabel(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}

function parseSamples(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, metric = '', labels = '', value = ''] = /^(\w+)\{(.*)\} (\S+)$/.exec(line) ?? []
    return isMetric(metric) ? [{ metric, labels, value }] : []
  })
}

function isMetric(name: string): name is Metric {
  return Object.hasOwn(METRICS, name)
}
