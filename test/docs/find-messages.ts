import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync } from 'vite'
import { REPOSITORY } from '../support/pack.ts'

/** Something that the code can say of what is wrong, with \`…\` for what it fills in. */
export interface Message {
  /** The folder beneath \`src\` that it is in, such as \`transfer/validate\`. */
  readonly folder: string
  readonly text: string
  /** What the code says to do about it. */
  readonly hint: string | undefined
}

/** A node of the syntax tree, as far as messages are concerned. */
interface Node {
  readonly type: string
  readonly [key: string]: unknown
}

const ERROR =
  /^(Failed|Refused|Rejected|UnsafeTarget|Usage|Locked|Search|Interrupted|UnknownOutcome|IncrementalRead|Violation|Database|SessionsStayed|NameTaken)Error$/
const FINDING = /^(errorFinding|noteFinding)$/

/** Every message of an error, a finding, a check or a warning in the sources, each once. */
export function findMessages(): Message[] {
  const source = join(REPOSITORY, 'src')
  const paths = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  )
  const found = paths.sort().flatMap((path) => {
    const { program } = parseSync(path, readFileSync(join(source, path), 'utf8'))
    const folder = path.split('/').slice(0, -1).join('/')
    return messagesIn(program as unknown as Node).map((message) => ({ folder, ...message }))
  })
  const said = found.filter(({ text }) => /[\p{Letter}]{3}/u.test(text))
  return said.filter(({ text }, index) => said.findIndex((other) => other.text === text) === index)
}

function messagesIn(node: Node): Omit<Message, 'folder'>[] {
  return [...messagesOf(node), ...childrenOf(node).flatMap(messagesIn)]
}

function messagesOf(node: Node): Omit<Message, 'folder'>[] {
  return [...spokenMessages(node), ...serverMessages(node)]
}

/** What PostgreSQL answers is told by its SQLSTATE: a table of advice, and one of what replaces a message that would quote a value. */
function serverMessages(node: Node): Omit<Message, 'folder'>[] {
  const states = propertyOf(node, 'states')?.elements as Node[] | undefined
  if (states !== undefined) {
    const [hint] = textsOf(propertyOf(node, 'hint'))
    return [{ text: `SQLSTATE ${states.flatMap(textsOf).join(', ')}`, hint }]
  }
  const key =
    node.type === 'Property' ? (node.key as { readonly name?: string; readonly value?: unknown }) : {}
  const state = String(key.name ?? key.value)
  if (!/^[0-9PX][0-9A-Z]{4}$/.test(state)) return []
  return textsOf(node.value as Node).map((text) => ({ text: `${text} (SQLSTATE ${state})`, hint: undefined }))
}

function spokenMessages(node: Node): Omit<Message, 'folder'>[] {
  const [expression, hint] = saidBy(node)
  // A hint that is put together elsewhere is not known here.
  const [told] = textsOf(hint).filter((text) => text !== '…')
  return textsOf(expression).map((text) => ({ text, hint: told }))
}

/** The expression of a message, and that of the hint beside it. */
function saidBy(node: Node): [message?: Node | undefined, hint?: Node | undefined] {
  const callee = (node.callee as { readonly name?: string } | undefined)?.name ?? ''
  const [first, second, third] = (node.arguments ?? []) as Node[]
  if (node.type === 'NewExpression' && ERROR.test(callee)) return [first, propertyOf(second, 'hint')]
  if (node.type === 'CallExpression' && FINDING.test(callee)) return [second, third]
  if (node.type === 'ObjectExpression' && !isGood(node))
    return [propertyOf(node, 'message') ?? propertyOf(node, 'reason'), propertyOf(node, 'hint')]
  return []
}

/** What is told of a check that found nothing, and what only happens. */
function isGood(node: Node): boolean {
  const kind = (propertyOf(node, 'status') ?? propertyOf(node, 'type'))?.value
  return kind === 'ok' || kind === 'info'
}

function propertyOf(node: Node | undefined, name: string): Node | undefined {
  const properties = (node?.type === 'ObjectExpression' ? node.properties : []) as Node[]
  const property = properties.find(
    ({ key }) => (key as { readonly name?: string } | undefined)?.name === name,
  )
  return property?.value as Node | undefined
}

/** What an expression can be, as text: a condition is either of two, and what is not known is \`…\`. */
function textsOf(node: Node | undefined): string[] {
  if (node === undefined) return []
  switch (node.type) {
    case 'Literal':
      return [String(node.value)]
    case 'TemplateLiteral': {
      const quasis = node.quasis as { readonly value: { readonly cooked: string } }[]
      return [quasis.map(({ value }) => value.cooked).join('…')]
    }
    case 'BinaryExpression':
      return textsOf(node.left as Node).flatMap((left) =>
        textsOf(node.right as Node).map((right) => left + right),
      )
    case 'ConditionalExpression':
      return [...textsOf(node.consequent as Node), ...textsOf(node.alternate as Node)]
    case 'ArrowFunctionExpression':
      return textsOf(node.body as Node)
    default:
      return ['…']
  }
}

function childrenOf(node: Node): Node[] {
  return Object.values(node).flat().filter(isNode)
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
}
