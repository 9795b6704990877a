import { execFileSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { comparePep440, isPep440 } from '../../src/domain/policies/pep440-order.ts'
import { orderedTags, tagsWithoutOrder } from '../support/pep440-tags.ts'
import { findPythonWith, skipWithout } from '../support/tools.ts'

const python = findPythonWith('packaging.version') ?? ''
const reason = skipWithout(python !== '', 'the order by PEP 440: no Python with packaging')

// Reads a list of tags. Writes the tags that are versions, each with its place in the order; equal tags have the same place.
const PROGRAM = `
import json, sys
from packaging.version import InvalidVersion, Version

def parse(tag):
    try:
        return Version(tag)
    except InvalidVersion:
        return None

versions = {tag: version for tag in json.load(sys.stdin) if (version := parse(tag)) is not None}
places = {version: place for place, version in enumerate(sorted(set(versions.values())))}
json.dump({tag: places[version] for tag, version in versions.items()}, sys.stdout)
`

function placesOf(tags: readonly string[]): Readonly<Record<string, number>> {
  return JSON.parse(execFileSync(python, ['-c', PROGRAM], { input: JSON.stringify(tags), encoding: 'utf8' }))
}

// A part of each kind that PEP 440 has in the letters that tags may have, and some that it does not have.
const PARTS = [
  ['', 'v', 'V', 'x'],
  ['0', '1', '01', '1.0', '1.2.3', '12345678901234567890', '1..2'],
  ['', 'a', '.a1', '-alpha.2', 'B_3', 'rc', 'c1', 'preview4', '-x', 'rc12345678901234567890'],
  ['', '.post', '-1', '-r2', 'rev3', '-0', '-1-1', '.post12345678901234567891'],
  ['', '.dev', 'dev1', '-dev2', '_dev10'],
] as const

function allTags(): readonly string[] {
  return PARTS.reduce<readonly string[]>((tags, parts) => tags.flatMap((tag) => parts.map((part) => tag + part)), [''])
}

describe.skipIf(reason)('packaging, the Python package', () => {
  test("Python's packaging orders the tags of the table as the table does, and refuses the same tags", () => {
    const expected = orderedTags.flatMap((row, place) => row.map((tag) => [tag, place] as const))
    expect(placesOf([...orderedTags.flat(), ...tagsWithoutOrder])).toEqual(Object.fromEntries(expected))
  })

  test("Python's packaging knows the same versions among 11,200 composed tags, and puts them in the same order", () => {
    const tags = allTags()
    const places = placesOf(tags)
    expect(tags.filter(isPep440)).toEqual(tags.filter((tag) => places[tag] !== undefined))
    const sorted = tags.filter(isPep440).toSorted(comparePep440)
    for (const [index, tag] of sorted.slice(1).entries()) {
      const before = sorted[index] as string
      const expected = Math.sign((places[before] as number) - (places[tag] as number))
      expect([before, tag, Math.sign(comparePep440(before, tag))]).toEqual([before, tag, expected])
    }
  })
})
