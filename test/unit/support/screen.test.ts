import { expect, test } from 'vitest'
import { drawScreen, LIGHT } from '../../demo/draw-screen.ts'
import { screenAfter } from '../../support/screen.ts'

const textOf = (output: string) => screenAfter(output).map((line) => line.map(({ text }) => text).join(''))

test('a screen shows what was written last, and not what was erased', () => {
  expect(textOf('one\r\n\u001b[?25l- two\r\u001b[2K✔ two\r\nthree\u001b[1A\u001b[Gx')).toEqual([
    'one',
    'x two',
    'three',
  ])
  expect(textOf('a\r\nb\r\nc\u001b[2A\u001b[G\u001b[J')).toEqual([''])
})

test('a picture has the text of the screen with its colours, and no markup of its own', () => {
  const drawn = drawScreen(screenAfter('\u001b[32m✔\u001b[39m \u001b[1m<b>\u001b[22m & "x"'), LIGHT)
  expect(drawn).toContain(`fill="${LIGHT.colors[32]}">✔</text>`)
  expect(drawn).toContain('font-weight="600">&lt;b&gt;</text>')
  expect(drawn).toContain('&amp; "x"')
})
