import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Of what takes longest, whatever the length of the file. */
const LONGEST = [
  'e2e/documented-lines',
  'integration/hostile',
  'integration/dumps',
  'integration/search-mixedbread',
  'integration/incremental',
  'e2e/search',
  'e2e/faults',
  'integration/incremental-property',
  'integration/search-servers',
  'security/network-silence',
  'security/signals-in-silence',
  'integration/forced-row-security',
  'security/pooled-urls',
  'e2e/deploy',
]

/** Starts long files first, so that none is alone at the end. Vitest does that by itself from the second time on. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((name) => moduleId.endsWith(`/${name}.test.ts`))
      return index === -1 ? LONGEST.length : index
    }
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b))
  }
}
