import { newId, type RequestId } from '@glasshouse/kernel'
import { expect, test } from 'vitest'
import type { ChatContext } from './context.ts'
import { laterEndpoints } from './later-endpoints.ts'

test('SC-2: a request to send at once that is refused wakes nobody', async () => {
  let pokes = 0
  // Refused before anything is asked of it.
  const endpoints = laterEndpoints({} as ChatContext, () => pokes++)
  const sendNow = endpoints.find(({ route }) => route.path === '/scheduled/{scheduled_id}/send')
  const params = { scheduled_id: newId() }
  const from = { caller: undefined, cookie: undefined, address: '::1', userAgent: '', requestId: newId<RequestId>() }
  const answer = await sendNow?.handle({ ...from, params, query: {}, body: undefined })
  expect(answer).toMatchObject({ ok: false, error: { code: 'auth.required' } })
  expect(pokes).toBe(0)
})
