import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Of what takes longest, whatever the length of the file. */
const LONGEST = [
  'e2e/documented-lines',
  'integration/swap',
  'integration/search-untouched',
  'e2e/platforms',
  'integration/search-mixedbread',
  'integration/hostile',
  'integration/incremental',
  'integration/after',
  'e2e/load-faults',
  'e2e/swap-switch-faults',
  'e2e/search',
  'e2e/create-schema',
  'integration/search-typesense',
  'e2e/faults',
  'integration/search-sessions',
  'integration/load',
  'security/network-silence',
  'integration/dumps',
  'e2e/follow-schema',
  'integration/search-servers',
  'security/signals-in-silence',
  'security/pooled-urls',
  'integration/source-history',
  'integration/both-sides-property',
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
