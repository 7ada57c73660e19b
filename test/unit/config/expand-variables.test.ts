import { expect, test } from 'vitest'
import { expandVariables, literally } from '../../../src/config/read/expand-variables.ts'
import { parseYaml } from '../../../src/config/read/parse-yaml.ts'
import { firstConfig } from '../../../src/config/schema/first-config.ts'

/** A dollar sign, apart from the brace that would follow it. */
const $ = '$'

const VARIABLES = new Map([
  ['NAME', 'value'],
  ['EMPTY', ''],
  ['ODD', `$& "quoted": ${$}{NAME}`],
])

test.each([
  [`${$}{NAME}`, 'value'],
  [`a ${$}{NAME} and ${$}{NAME}`, 'a value and value'],
  [`${$}{NAME:-other}`, 'value'],
  [`${$}{NONE:-other}`, 'other'],
  [`${$}{EMPTY:-other}`, 'other'],
  [`${$}{NONE:-}`, ''],
  [`${$}{NONE:-postgres://a:b@c/d}`, 'postgres://a:b@c/d'],
  [`$${$}{NAME}`, `${$}{NAME}`],
  ['$NAME $$ $1 {NAME}', '$NAME $$ $1 {NAME}'],
])('%s becomes %s', (text, expected) => {
  expect(expandVariables(text, VARIABLES)).toStrictEqual({ tree: expected, problems: [] })
})

test('what a variable holds is one value, neither replaced again nor read as YAML', () => {
  expect(expandVariables([`${$}{ODD}`], VARIABLES).tree).toStrictEqual([VARIABLES.get('ODD')])
})

test('texts at any depth are replaced; keys and other values are left alone', () => {
  const tree = { a: [{ [`${$}{NAME}`]: `${$}{NAME}` }, 1, null, true] }
  expect(expandVariables(tree, VARIABLES).tree).toStrictEqual({
    a: [{ [`${$}{NAME}`]: 'value' }, 1, null, true],
  })
})

test('each variable that is not set or empty is a problem at its path, and the text stays as it was', () => {
  const text = `${$}{NONE} ${$}{EMPTY} ${$}{NAME}`
  expect(expandVariables({ a: [text] }, VARIABLES)).toStrictEqual({
    tree: { a: [text] },
    problems: [
      { path: ['a', 0], message: 'the variable NONE is not set; set it in the environment or in .env' },
      { path: ['a', 0], message: 'the variable EMPTY is empty; set it in the environment or in .env' },
    ],
  })
})

test.each([`${$}{NONE:-${$}{NAME}}`, `${$}{NAME:-${$}{NONE:-x}}`])(
  '%s has a reference in its default, which is refused',
  (text) => {
    expect(expandVariables(text, VARIABLES)).toStrictEqual({
      tree: text,
      problems: [{ path: [], message: `a default cannot hold another \`${$}{\`` }],
    })
  },
)

test.each([`${$}{`, `${$}{}`, `${$}{NAME`, `${$}{1A}`, `${$}{NAME-x}`, `${$}{ NAME }`])(
  '%s is malformed',
  (text) => {
    const { problems } = expandVariables(text, VARIABLES)
    expect(problems).toHaveLength(1)
    expect(problems[0]?.message).toContain('must be followed by a variable name')
  },
)

test('what is written literally is read as it was', () => {
  const tree = { 'a.b': [`x${$}{y}`, `${$}${$}{`, '$5', 1, null], deep: { text: `${$}{NAME}` } }
  expect(expandVariables(literally(tree), VARIABLES)).toEqual({ tree, problems: [] })
})

test('a first configuration names schemas that look like variables', () => {
  const name = `a${$}{b}.*`
  const config = { untrusted: [], platforms: [], histories: [], passing: [], largest: [], personal: [] }
  const text = firstConfig({ ...config, schemas: [{ name, remark: '' }] })
  const { tree, problems } = expandVariables(
    parseYaml(text).tree,
    new Map([...VARIABLES, ['PRODUCTION_DATABASE_URL', 'a'], ['STAGING_DATABASE_URL', 'b']]),
  )
  expect([problems, tree]).toEqual([[], expect.objectContaining({ profiles: expect.anything() })])
  expect(JSON.stringify(tree)).toContain(JSON.stringify(name))
})
