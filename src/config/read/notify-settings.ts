/** Who is told of runs, and where their figures are written. URLs hold secrets: never print them. */
export interface NotifySettings {
  readonly webhooks: readonly Webhook[]
  readonly pings: readonly Ping[]
  /** An absolute path. */
  readonly metricsFile: string | undefined
  readonly timeoutMs: number
}

/** A URL that gets a report when a run ends. */
export interface Webhook extends ForProfiles {
  readonly name: string
  readonly url: string
  readonly format: 'json' | 'slack' | 'discord'
  readonly when: 'problem' | 'always'
}

/** URLs of a service that expects to hear of every run. */
export interface Ping extends ForProfiles {
  readonly name: string
  readonly start: string | undefined
  readonly success: string | undefined
  readonly failure: string | undefined
}

interface ForProfiles {
  /** Undefined for all runs. */
  readonly profiles: readonly string[] | undefined
}
