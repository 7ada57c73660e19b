import { styleText } from 'node:util'

/** Puts a text in a colour, or leaves it as it is where there are none. */
type Brush = (text: string) => string

/** The few colours that mbsync uses, each with one meaning. */
export interface Paint {
  readonly isColored: boolean
  readonly bold: Brush
  readonly dim: Brush
  readonly red: Brush
  readonly green: Brush
  readonly yellow: Brush
  readonly cyan: Brush
}

/** The colours for a stream: none unless it is a terminal, nor with NO_COLOR or TERM=dumb. */
export function createPaint(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv): Paint {
  const isColored = stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
  const brush = (style: Parameters<typeof styleText>[0]): Brush => {
    return isColored ? (text) => styleText(style, text, { validateStream: false }) : (text) => text
  }
  return {
    isColored,
    bold: brush('bold'),
    dim: brush('dim'),
    red: brush('red'),
    green: brush('green'),
    yellow: brush('yellow'),
    cyan: brush('cyan'),
  }
}
