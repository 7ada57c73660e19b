/** Where what the target was before is kept. */
export function previousLine(name: string): string {
  return `  The previous database is kept as ${name}.`
}
