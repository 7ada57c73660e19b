import { type FirstConfig, firstConfig, type RemarkedName } from '../../config/schema/first-config.ts'
import { countOf } from '../../core/count-of.ts'
import { groupBy } from '../../core/group-by.ts'
import { TableSet } from '../../core/table-map.ts'
import { displayName } from '../../core/table-name.ts'
import { patternOf } from '../../core/table-pattern.ts'
import type { SurveyedTable } from './survey-source.ts'

const LARGEST_NAMED = 10
const WORTH_NAMING_BYTES = 10_000_000

/** The text of an `mbsync.yaml` that fits what was found in a source. */
export function describeSurvey(tables: readonly SurveyedTable[]): string {
  const own = tables.filter(({ platform }) => platform === undefined)
  const large = own.filter(({ bytes }) => bytes >= WORTH_NAMING_BYTES)
  const personal = own.filter(({ personalColumns }) => personalColumns.length > 0)
  const config: FirstConfig = {
    untrusted: [...new Set(own.flatMap(({ untrustedOwners }) => untrustedOwners))],
    schemas: schemasOf(own),
    platforms: platformsOf(tables),
    histories: own.filter(({ isHistory }) => isHistory).map(({ name }) => patternOf(name)),
    passing: own.filter(({ isPassing, isHistory }) => isPassing && !isHistory).map(withSize),
    largest: large.slice(0, LARGEST_NAMED).map(withSize),
    personal: personal.map(({ name, personalColumns }) => {
      return { name: patternOf(name), remark: personalColumns.join(', ') }
    }),
  }
  return firstConfig(config)
}

function schemasOf(tables: readonly SurveyedTable[]): RemarkedName[] {
  const own = bySchema(tables).filter((ofSchema) => ofSchema.some(({ isHistory }) => !isHistory))
  if (own.length === 0) return [{ name: '*.*', remark: 'the source has no tables of its own yet' }]
  return own.map((ofSchema) => {
    const bytes = ofSchema.reduce((total, table) => total + table.bytes, 0)
    return {
      name: wholeSchema(ofSchema),
      remark: `${countOf(ofSchema.length, 'table')}, ${megabytes(bytes)}`,
    }
  })
}

function platformsOf(tables: readonly SurveyedTable[]): RemarkedName[] {
  const others = tables.filter(({ platform }) => platform !== undefined)
  const isOwn = new TableSet(tables.filter(({ platform }) => platform === undefined).map(({ name }) => name))
  const schemas = bySchema(others).map((own) => {
    return { name: wholeSchema(own), remark: `${countOf(own.length, 'table')} of ${own[0]?.platform}` }
  })
  const needed = others.flatMap(({ name, referringTables }) => {
    const referring = [...new Set(referringTables.filter((child) => isOwn.has(child)).map(displayName))]
    if (referring.length === 0) return []
    const refer = referring.length === 1 ? 'refers' : 'refer'
    const remark = `${referring.join(', ')} ${refer} to it: needed unless the target has the same rows`
    return [{ name: patternOf(name), remark }]
  })
  return [...schemas, ...needed]
}

function bySchema(tables: readonly SurveyedTable[]): SurveyedTable[][] {
  return [...groupBy(tables, ({ name }) => name.schema).values()]
}

function wholeSchema([table]: readonly SurveyedTable[]): string {
  const half = patternOf({ schema: table?.name.schema ?? '', name: 'any' }).slice(0, -'any'.length)
  return `${half}*`
}

function withSize({ name, rows, bytes }: SurveyedTable): RemarkedName {
  const counted = rows === undefined ? '' : `about ${countOf(Math.round(rows), 'row')}, `
  return { name: patternOf(name), remark: `${counted}${megabytes(bytes)}` }
}

function megabytes(bytes: number): string {
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}
