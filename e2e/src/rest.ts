/** REST as any program would speak it: plain fetch, no SDK, so that what the docs say is what is tested. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  // The shape of an answer is what the tests assert; here it is whatever JSON came.
  readonly body: any
}

export interface RestOptions {
  readonly token?: string
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

export async function rest(url: string, method: string, path: string, options: RestOptions = {}): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: {
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  })
  const text = await response.text()
  const isJson = response.headers.get('content-type')?.includes('json') ?? false
  return { status: response.status, headers: response.headers, body: isJson && text !== '' ? JSON.parse(text) : text }
}

export interface Person {
  readonly id: string
  readonly username: string
  readonly password: string
  readonly token: string
  readonly refreshToken: string
}

/** Registers somebody and signs them in. */
export async function newPerson(url: string, username: string): Promise<Person> {
  const password = `${username} has a long password`
  const registered = await rest(url, 'POST', '/api/users', {
    body: { username, email: `${username}@example.test`, password },
  })
  if (registered.status !== 201)
    throw new Error(`register ${username}: ${registered.status} ${JSON.stringify(registered.body)}`)
  const signedIn = await rest(url, 'POST', '/api/users/login', { body: { username, password } })
  if (signedIn.status !== 200)
    throw new Error(`sign in ${username}: ${signedIn.status} ${JSON.stringify(signedIn.body)}`)
  return {
    id: registered.body.id,
    username,
    password,
    token: signedIn.body.token,
    refreshToken: signedIn.body.refresh_token,
  }
}

export async function newChannel(url: string, token: string, name: string): Promise<string> {
  const created = await rest(url, 'POST', '/api/channels', { token, body: { type: 'public', name } })
  if (created.status !== 201)
    throw new Error(`create channel ${name}: ${created.status} ${JSON.stringify(created.body)}`)
  return created.body.id
}
