/** What shows a phase on a terminal while it lasts. */
export interface PhaseDisplay {
  /** Shows what has changed. */
  update(): void
  /** Prints finished lines above the display, which stays whole. */
  above(lines: readonly string[]): void
  /** Removes the display from the terminal. */
  stop(): void
}
