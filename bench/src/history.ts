/** P9, the history half: a page of 50 messages at any depth, over REST, one at a time. */
import { rest } from '@glasshouse/e2e/rest'
import { percentile } from './statistics.ts'

const SAMPLES = 400
const WARM_UP = 40
/** So that two runs read the same pages. */
const SEED = 20_261_120

export interface HistoryResult {
  readonly channel: string
  readonly messages: number
  /** Milliseconds from the request to the parsed answer, of pages spread over the whole history. */
  readonly p50Ms: number
  readonly p95Ms: number
  readonly maxMs: number
  readonly firstPageP50Ms: number
  readonly lastPageP50Ms: number
}

export async function benchHistory(url: string, token: string, channelId: string): Promise<HistoryResult> {
  const snapshot = await rest(url, 'GET', `/api/channels/${channelId}`, { token })
  const head: number = snapshot.body.seq
  const timePage = async (before: number): Promise<number> => {
    const started = performance.now()
    const page = await rest(url, 'GET', `/api/channels/${channelId}/messages?limit=50&before=${before}`, { token })
    const ms = performance.now() - started
    if (page.status !== 200) throw new Error(`page before ${before}: ${page.status}`)
    return ms
  }
  for (let sample = 0; sample < WARM_UP; sample++) await timePage(head + 1)
  const random = randomFrom(SEED)
  const anywhere: number[] = []
  const first: number[] = []
  const last: number[] = []
  for (let sample = 0; sample < SAMPLES; sample++) {
    anywhere.push(await timePage(2 + Math.floor(random() * head)))
    if (sample % 4 === 0) {
      first.push(await timePage(head + 1))
      last.push(await timePage(60))
    }
  }
  return {
    channel: snapshot.body.name,
    messages: head,
    p50Ms: percentile(anywhere, 50),
    p95Ms: percentile(anywhere, 95),
    maxMs: Math.max(...anywhere),
    firstPageP50Ms: percentile(first, 50),
    lastPageP50Ms: percentile(last, 50),
  }
}

/** Numbers in [0, 1) that a seed repeats: a linear congruential generator with the constants of Numerical Recipes. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 0x1_0000_0000
  }
}
