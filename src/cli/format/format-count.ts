export { countOf, formatCount } from '../../core/count-of.ts'
