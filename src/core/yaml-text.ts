/** A text in the form that YAML quotes it. */
export function yamlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
