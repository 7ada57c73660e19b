import { expect, test } from 'vitest'
import { compareGrants } from '../../../src/schema/diff/compare-grants.ts'

const linesOf = (source: string[], target: string[]) =>
  compareGrants(source, target).map(({ what, review, statements }) => [
    what,
    review ?? 'safe',
    statements.within,
  ])

test('what a role lacks is granted, and what it has beyond the source is not taken away without a review', () => {
  const on = 'TABLE public.t'
  expect(linesOf([`GRANT SELECT ON ${on} TO a`], [`GRANT SELECT ON ${on} TO a`])).toEqual([])
  expect(linesOf([`GRANT SELECT, INSERT ON ${on} TO a`], [`GRANT SELECT ON ${on} TO a`])).toEqual([
    ['a lacks privileges on TABLE public.t', 'safe', [`GRANT INSERT ON ${on} TO a`]],
  ])
  expect(linesOf([`GRANT SELECT ON ${on} TO a`], [`GRANT ALL ON ${on} TO a`])).toEqual([
    [
      'a has more privileges on TABLE public.t',
      'the target may need them',
      [`REVOKE ALL ON ${on} FROM a`, `GRANT SELECT ON ${on} TO a`],
    ],
  ])
})

test('in which order and in how many statements privileges are given is no difference', () => {
  const on = 'TABLE public.t'
  const all = 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'
  expect(linesOf([`GRANT INSERT, SELECT ON ${on} TO a`], [`GRANT SELECT, INSERT ON ${on} TO a`])).toEqual([])
  expect(linesOf([`GRANT ALL ON ${on} TO a`], [`GRANT ${all} ON ${on} TO a`])).toEqual([])
  const passedOn = `GRANT SELECT ON ${on} TO a WITH GRANT OPTION`
  expect(linesOf([`GRANT SELECT ON ${on} TO a`], [passedOn])).toEqual([
    [
      'a has more privileges on TABLE public.t',
      'the target may need them',
      [`REVOKE ALL ON ${on} FROM a`, `GRANT SELECT ON ${on} TO a`],
    ],
  ])
  expect(linesOf([passedOn], [`GRANT SELECT ON ${on} TO a`])).toEqual([
    ['a lacks privileges on TABLE public.t', 'safe', [passedOn]],
  ])
})

test('what is taken from PUBLIC on one side only is a difference', () => {
  const revoke = 'REVOKE ALL ON FUNCTION public.f() FROM PUBLIC'
  expect(linesOf([], [revoke])).toEqual([
    [
      'PUBLIC lacks privileges on FUNCTION public.f()',
      'safe',
      ['GRANT EXECUTE ON FUNCTION public.f() TO PUBLIC'],
    ],
  ])
  expect(linesOf([revoke], [])).toEqual([
    ['PUBLIC has more privileges on FUNCTION public.f()', 'the target may need them', [revoke]],
  ])
})

test('what another role than the owner has given is compared by who has given it', () => {
  const by = (grantor: string, grant: string) => `SET ROLE ${grantor};\n${grant};\nRESET ROLE`
  const on = 'TABLE public.t'
  const given = by('b', `GRANT SELECT ON ${on} TO a`)
  expect(linesOf([given], [given])).toEqual([])
  expect(linesOf([given], [`GRANT SELECT ON ${on} TO a`])).toEqual([
    ['a lacks privileges on TABLE public.t', 'safe', [given]],
    ['a has more privileges on TABLE public.t', 'the target may need them', [`REVOKE ALL ON ${on} FROM a`]],
  ])
  expect(linesOf([], [given])).toEqual([
    [
      'a has more privileges on TABLE public.t',
      'the target may need them',
      [by('b', `REVOKE ALL ON ${on} FROM a`)],
    ],
  ])
})
