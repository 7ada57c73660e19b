import { expect, test } from 'vitest'
import { DatabaseError } from '../../../src/postgres/explain-error.ts'
import { withNumbers } from '../../../src/postgres/explain-no-room.ts'
import { needOfJobs } from '../../../src/postgres/session-need.ts'

const ERROR = new DatabaseError('staging: too many clients', {
  cause: undefined,
  sqlState: '53300',
  hint: 'As before.',
})
const ROLE = { name: 'the CONNECTION LIMIT of role x, 5,', size: 5 }
const SERVER = { name: 'max_connections = 100', size: 97, free: 40 }
const OTHERWISE =
  ', end other clients, or raise max_connections, the limit of the role or database, or the size of the pool.'

test.each([
  // The session that asks counts as free.
  [
    { limits: [SERVER, { ...ROLE, free: 1 }], open: 5, need: needOfJobs(4) },
    'the run needs 6 connections at once, and the CONNECTION LIMIT of role x, 5, leaves 5',
    `Lower \`jobs\` to 3${OTHERWISE}`,
  ],
  [
    { limits: [{ ...ROLE, free: 1 }, SERVER], open: 3, need: needOfJobs(2) },
    'the run needs 4 connections at once, and the CONNECTION LIMIT of role x, 5, leaves 3, as other clients have 2',
    `Lower \`jobs\` to 1${OTHERWISE}`,
  ],
  [
    { limits: [{ ...SERVER, free: 1 }], open: 1, need: needOfJobs(4) },
    'the run needs 6 connections at once, and max_connections = 100 leaves 1, as other clients have 96',
    `Even with 1 for \`jobs\`, 3 connections are needed: ${OTHERWISE.slice(2)}`,
  ],
  [
    { limits: [SERVER], open: 5, need: needOfJobs(4) },
    'the run needs 6 connections at once, and 5 could be opened',
    `Lower \`jobs\` to 3${OTHERWISE}`,
  ],
  [{ limits: [], open: 7, need: needOfJobs(4) }, 'the run needs more, and 7 could be opened', 'As before.'],
])('a connection without room is told with the numbers: %j', (facts, message, hint) => {
  expect(withNumbers(ERROR, facts)).toMatchObject({
    message: `staging: too many clients: ${message}`,
    hint,
    sqlState: '53300',
  })
})
