/** What all clients of a run have in common: where the server is, who they are, what they report to. */
import { rest, type Person } from '../rest.ts'
import { seenMessage, type Ledger, type SeenMessage } from './ledger.ts'
import type { PlantedFault } from './options.ts'
import type { SendTimes, Stats } from './stats.ts'

const PAGE_LIMIT = 100
const RETRY_MS = 200
const RENEW_BEFORE_MS = 120_000

export interface World {
  readonly url: string
  readonly liveUrl: string
  /** By number: the ids of the channels. */
  readonly channels: readonly string[]
  readonly numberOf: ReadonlyMap<string, number>
  readonly ledger: Ledger
  readonly stats: Stats
  readonly times: SendTimes
  /** The server's clock may step: it may take a token for expired that is good by ours. */
  readonly clockSteps: boolean
  readonly plant?: PlantedFault
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

/** Somebody's access token, renewed before it expires by signing in again. */
export class Token {
  readonly #person: Person
  readonly #url: string
  #token: string
  #renewing: Promise<string> | undefined

  constructor(url: string, person: Person) {
    this.#url = url
    this.#person = person
    this.#token = person.token
  }

  /** With `refused`: another one than that, which the server did not take. */
  async get(refused?: string): Promise<string> {
    if (this.#token === refused) return this.#renewed()
    const claims = JSON.parse(Buffer.from(this.#token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {
      exp: number
    }
    if (claims.exp * 1_000 - Date.now() > RENEW_BEFORE_MS) return this.#token
    return this.#renewed()
  }

  #renewed(): Promise<string> {
    this.#renewing ??= this.#renew().finally(() => (this.#renewing = undefined))
    return this.#renewing
  }

  async #renew(): Promise<string> {
    const { username, password } = this.#person
    const signedIn = await persistently(() =>
      rest(this.#url, 'POST', '/api/users/login', { body: { username, password } }),
    )
    this.#token = String(signedIn.body.token)
    return this.#token
  }
}

/** Tries until it is answered with 200, since the server may be down. The run's end ends it: its process does not wait for it. */
async function persistently(call: () => ReturnType<typeof rest>): ReturnType<typeof rest> {
  for (;;) {
    try {
      const answer = await call()
      if (answer.status === 200) return answer
    } catch {
      // Down: it comes back.
    }
    await pause(RETRY_MS)
  }
}

/** Refusals that pass: the server is not ready, or it stood still and took the request too late, which says nothing of what was asked. */
export const PASSING: ReadonlySet<number | undefined> = new Set([503, 408])

export interface Snapshot {
  /** By `seq`. */
  readonly messages: readonly SeenMessage[]
  /** Everything up to here is among the messages. */
  readonly head: number
}

/** A channel's messages after `after`, by REST, page for page. */
export async function readStore(world: World, token: Token, at: { channel: number; after: number }): Promise<Snapshot> {
  const path = `/api/channels/${world.channels[at.channel] ?? ''}/messages`
  const messages: SeenMessage[] = []
  let head: number | undefined
  let query: string | null = at.after === 0 ? `limit=${PAGE_LIMIT}` : `limit=${PAGE_LIMIT}&after=${at.after}`
  while (query !== null) {
    const address = `${path}?${query}`
    const page = await persistently(async () => {
      const given = await token.get()
      const answer = await rest(world.url, 'GET', address, { token: given })
      if (answer.status === 401) await token.get(given)
      return answer
    })
    world.stats.pagesRead++
    head ??= Number(page.body.seq)
    for (const item of page.body.items) {
      if (item.seq <= head) messages.push(seenMessage(item))
    }
    query = page.body.next === null ? null : `limit=${PAGE_LIMIT}&cursor=${encodeURIComponent(page.body.next)}`
  }
  return { messages: messages.reverse(), head: head ?? 0 }
}
