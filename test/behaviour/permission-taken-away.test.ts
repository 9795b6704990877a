import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { RunningServer } from '../../src/start-server.ts'
import { makeToken, writeAccessFile } from '../support/access-file.ts'
import { startInProcess } from '../support/in-process.ts'
import { type Storage, sqliteStorage } from '../support/storage.ts'

const owner = makeToken('owner')
const reader = makeToken('reader')

let storage: Storage
let folder: string
let server: RunningServer

const writeGrants = (...on: readonly string[]) => {
  const admin = { permissions: ['admin'], on: ['*'], to: { token: owner.name } }
  const read = on.map((pattern) => ({ permissions: ['read'], on: [pattern], to: { token: reader.name } }))
  return writeAccessFile(folder, { tokens: [owner, reader], grants: [admin, ...read] })
}

beforeAll(async () => {
  storage = await sqliteStorage()
  folder = await mkdtemp(join(tmpdir(), 'waypost-test-'))
  server = await startInProcess(storage, { access: { file: await writeGrants('a/*', 'b/*', 'c/*') } })
  for (const namespace of ['a', 'b', 'c']) {
    const body = JSON.stringify({ revision_tag: '1.0.0' })
    await fetch(`${server.url}/services/${namespace}/x`, { method: 'POST', body, headers: owner.headers })
  }
})
afterAll(async () => {
  await server.close()
  await Promise.all([storage.remove(), rm(folder, { recursive: true })])
})

interface Page {
  readonly services?: readonly { readonly namespace: string }[]
  readonly next_page_token?: string
  readonly reason?: string
}

async function page(token?: string): Promise<Page & { readonly status: number; readonly names: readonly string[] }> {
  const query = new URLSearchParams({ page_size: '1', ...(token === undefined ? {} : { page_token: token }) })
  const response = await fetch(`${server.url}/services?${query}`, { headers: reader.headers })
  const body = (await response.json()) as Page
  return { ...body, status: response.status, names: (body.services ?? []).map(({ namespace }) => namespace) }
}

async function change(...on: readonly string[]): Promise<void> {
  await writeGrants(...on)
  server.reload()
}

test('a caller that loses a namespace while it lists gets a list without this namespace from the next page on', async () => {
  await change('a/*', 'b/*', 'c/*')
  const first = await page()
  expect(first.names).toEqual(['a'])
  await change('a/*', 'c/*')
  const second = await page(first.next_page_token)
  expect(second).toMatchObject({ status: 200, names: ['c'] })
})

test('a caller that loses every permission while it lists gets a refusal at the next page', async () => {
  await change('a/*', 'b/*', 'c/*')
  const first = await page()
  await change()
  expect(await page(first.next_page_token)).toMatchObject({ status: 403, reason: 'PERMISSION_DENIED', names: [] })
})
