/** One request of the permission matrix, as it goes over the wire. */
import { randomUUID } from 'node:crypto'
import { ROUTES, type RouteName } from '@glasshouse/contracts'
import { rest, type Answer } from '../rest.ts'
import type { RequestParts, RouteRow } from './routes.ts'
import type { Scene, Trial } from './scene.ts'

export async function attempt(
  scene: Scene,
  name: RouteName,
  asked: { readonly at: Trial; readonly request: RequestParts; readonly session: RouteRow['session'] },
): Promise<Answer> {
  const { at, request, session } = asked
  const { method, path } = ROUTES[name]
  const filled = path.replace(/\{(\w+)\}/g, (_, param: string) => encodeURIComponent(request.params?.[param] ?? ''))
  const query = new URLSearchParams(Object.entries(request.query ?? {}).map(([key, value]) => [key, String(value)]))
  const address = `/api${filled}${query.size === 0 ? '' : `?${query.toString()}`}`
  const body = request.body === undefined ? {} : { body: request.body }
  return rest(scene.server.url, method, address, { headers: await proof(scene, at, session), ...body })
}

/** The same of things that there are not. */
export function aboutNothing({ params = {}, ...rest }: RequestParts): RequestParts {
  const other = Object.entries(params).map(([name, value]): [string, string] =>
    /^(channel|message|group|session)_id$/.test(name) ? [name, randomUUID()] : [name, value],
  )
  return { ...rest, params: Object.fromEntries(other) }
}

async function proof(scene: Scene, at: Trial, session: RouteRow['session']): Promise<Record<string, string>> {
  if (at.person === undefined) return {}
  if (session === undefined) return { authorization: `Bearer ${at.person.token}` }
  if (session === 'program') return { authorization: `Bearer ${(await at.signIn()).token}` }
  const begun = await rest(scene.server.url, 'POST', '/api/auth/sessions', { body: at.credentials() })
  const cookie = begun.headers.getSetCookie()[0]?.split(';')[0]
  if (cookie === undefined) throw new Error(`no browser session for ${at.person.username}: ${begun.status}`)
  return { cookie, 'x-csrf-token': begun.body.csrf_token }
}
