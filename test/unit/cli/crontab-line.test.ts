import { expect, test } from 'vitest'
import { crontabLine } from '../../../src/cli/commands/init.ts'

test('names the folder, the Node and the program that run now, as cron finds neither', () => {
  expect(crontabLine('/srv/app', ['/opt/node', '/opt/mbsync.js', 'init'])).toBe(
    '15 3 * * *  cd /srv/app && /opt/node /opt/mbsync.js sync --log-file mbsync.log',
  )
})

test('quotes what the shell would take apart, and the % that cron would', () => {
  expect(crontabLine("/srv/it's 100%", ['node', 'mbsync'])).toContain("cd '/srv/it'\\''s 100\\%' && node")
})
