import {
  failureMessage,
  ROUTES,
  type Caller,
  type Endpoint,
  type Role,
  type RouteAnswer,
  type RouteName,
  type RouteRequest,
} from '@glasshouse/contracts'
import { newId, type AuthSessionId, type RequestId, type UserId } from '@glasshouse/kernel'
import type { House } from '../house.ts'
import { DEMO_ADMIN } from './story.ts'

export interface KnownPerson {
  readonly userId: UserId
  readonly username: string
  readonly displayName: string
}

/** Does what the people of the demo do: by the same use cases as everybody, with the same rules and refusals. */
export class DemoHands {
  readonly #endpoints: ReadonlyMap<unknown, Endpoint>
  readonly #people: ReadonlyMap<string, KnownPerson>

  /** `people` by user name, in lower case. */
  constructor({ chat }: Pick<House, 'chat'>, people: ReadonlyMap<string, KnownPerson>) {
    this.#endpoints = new Map(chat.endpoints.map((endpoint) => [endpoint.route, endpoint]))
    this.#people = people
  }

  person(username: string): KnownPerson {
    const person = this.#people.get(username.toLowerCase())
    if (person === undefined) throw new Error(`the demo has no ${username}`)
    return person
  }

  caller(username: string): Caller {
    const role: Role = username.toLowerCase() === DEMO_ADMIN.toLowerCase() ? 'admin' : 'user'
    return {
      ...this.person(username),
      role,
      sessionId: newId<AuthSessionId>(),
      door: 'token',
      expiresAtMs: Number.MAX_SAFE_INTEGER,
    }
  }

  /** Throws when it is refused. */
  async call<Name extends RouteName>(
    username: string,
    name: Name,
    request: RouteRequest<Name>,
  ): Promise<RouteAnswer<Name>> {
    const endpoint = this.#endpoints.get(ROUTES[name])
    if (endpoint === undefined) throw new Error(`chat has no ${name}`)
    const nothing = { params: {}, query: {}, body: undefined }
    const more = { address: '', userAgent: 'demo', requestId: newId<RequestId>(), cookie: undefined }
    const answer = await endpoint.handle({ caller: this.caller(username), ...nothing, ...request, ...more })
    if (!answer.ok) throw new Error(`${username} may not ${name}: ${failureMessage(answer.error)}`)
    return answer.value.body as RouteAnswer<Name>
  }
}
