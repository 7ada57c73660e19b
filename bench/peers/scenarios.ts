import type { Scenario, Way } from './way.ts'
import {
  DUMP_AND_RESTORE,
  dumpAndRestore,
  dumpPipedToPsql,
  mbsyncAgain,
  mbsyncExport,
  mbsyncImport,
  mbsyncLoad,
  PGCOPYDB,
  pgcopydb,
  pgDump,
  pgRestore,
} from './ways.ts'

/** Every scenario; those whose names begin with `slow-` are the same over a slow network. */
export function scenarios(): Scenario[] {
  const straight = [
    firstLoad(),
    ...FULL.map(full),
    ...INCREMENTAL.map(incremental),
    exporting(),
    importing(),
    ...small(),
  ]
  return [...straight, ...straight.map(slowly)]
}

const FULL = [0, 1, 10, 100]
const INCREMENTAL = [0, 0.1, 1]

/** Ways to make a database true again, whatever differs; `percent` is for a way that pays for much or little alone. */
function waysOfFull(percent: number): Way[] {
  return [mbsyncAgain('full-sync', percent, 'target')]
}

function firstLoad(): Scenario {
  return {
    name: 'first-load',
    title: 'First load',
    data: 'twelve tables',
    crosses: 'source',
    ways: [
      dumpAndRestore,
      dumpPipedToPsql,
      ...pgcopydb(),
      mbsyncLoad('sync --strategy load', 'tables'),
      mbsyncLoad('sync --strategy load', 'tables of a plain owner'),
      mbsyncLoad('sync --create-schema'),
      mbsyncLoad('sync --strategy merge', 'tables'),
    ],
    goals: [
      { way: 'mbsync sync --strategy load', against: DUMP_AND_RESTORE, ratio: 0.6 },
      { way: 'mbsync sync --create-schema', against: PGCOPYDB, ratio: 0.95 },
    ],
  }
}

function full(percent: number): Scenario {
  return {
    name: `full-${percent}`,
    title: `Full run, ${percent} % of the rows differ`,
    data: 'twelve tables',
    crosses: 'source',
    ways: [dumpAndRestore, ...waysOfFull(percent)],
    ...(percent === 1 && {
      goals: [{ way: 'mbsync full-sync', against: DUMP_AND_RESTORE, ratio: 0.55 }],
    }),
  }
}

function incremental(percent: number): Scenario {
  return {
    name: `incremental-${percent}`,
    title: `Incremental run, ${percent} % of the rows were changed`,
    data: 'twelve tables',
    crosses: 'source',
    ways: [dumpAndRestore, mbsyncAgain('sync', percent, 'source')],
  }
}

function exporting(): Scenario {
  return {
    name: 'export',
    title: 'Export',
    data: 'twelve tables',
    crosses: 'source',
    ways: [pgDump, mbsyncExport('--compress 1 --jobs 4')],
    goals: [{ way: 'mbsync export --compress 1 --jobs 4', against: pgDump.name, ratio: 1 }],
  }
}

function importing(): Scenario {
  return {
    name: 'import',
    title: 'Import into an empty database',
    data: 'twelve tables',
    crosses: 'target',
    ways: [pgRestore, mbsyncImport('--compress 1 --jobs 4')],
    goals: [{ way: 'mbsync import, --compress 1 --jobs 4', against: pgRestore.name, ratio: 0.9 }],
  }
}

function small(): Scenario[] {
  const shared = { data: 'small tables', crosses: 'source' } as const
  return [
    {
      ...shared,
      name: 'small-tables',
      title: 'First load of many small tables',
      ways: [
        dumpAndRestore,
        ...pgcopydb(),
        mbsyncLoad('sync --strategy load', 'tables'),
        mbsyncLoad('sync --create-schema'),
      ],
      goals: [{ way: 'mbsync sync --create-schema', against: DUMP_AND_RESTORE, ratio: 0.8 }],
    },
    {
      ...shared,
      name: 'small-tables-again',
      title: 'Many small tables, nothing has changed',
      ways: [dumpAndRestore, mbsyncAgain('sync', 0, 'source')],
      goals: [{ way: 'mbsync sync', against: DUMP_AND_RESTORE, ratio: 0.3 }],
    },
  ]
}

function slowly(scenario: Scenario): Scenario {
  const { goals: _, ...rest } = scenario
  const isFirstLoad = scenario.name === 'first-load'
  return {
    ...rest,
    name: `${SLOW_PREFIX}${scenario.name}`,
    title: `${scenario.title}, over 20 ms and 100 Mbit/s`,
    ...(isFirstLoad && {
      goals: [{ way: 'mbsync sync --strategy load', against: DUMP_AND_RESTORE, ratio: 0.8 }],
    }),
  }
}

/** What the names of scenarios over a slow network begin with. */
export const SLOW_PREFIX = 'slow-'
