export interface KnownSession {
  readonly userId: string
  readonly csrfToken: string
}

const SOMEBODY_ELSE = {
  code: 'auth.session_ended',
  message: 'Somebody else has signed in in this browser. Reload the page to go on as they.',
}

const NOBODY = { code: 'auth.session_ended', message: 'You have been signed out. Sign in again to go on.' }

/**
 * The session that the browser has now, which another tab may change at any time. It is asked for with the first change, and never
 * stands in a page.
 */
export class BrowserSession {
  /** Whose page this is, once it is known: nothing of theirs is stored as somebody else's. */
  userId: string | undefined
  readonly #fetch: (url: string, init: RequestInit) => Promise<Response>
  /** Undefined: nobody is signed in. It throws when that cannot be found out. */
  readonly #read: () => Promise<KnownSession | undefined>
  #known: Promise<KnownSession | undefined> | undefined

  constructor(
    send: (url: string, init: RequestInit) => Promise<Response>,
    read: () => Promise<KnownSession | undefined>,
  ) {
    this.#fetch = send
    this.#read = read
  }

  async send(url: string, init: RequestInit): Promise<Response> {
    if (init.method === 'GET') return this.#fetch(url, init)
    const response = await this.#change(url, init)
    if (response.status !== 403) return response
    // The session may be another one than before: somebody signed in again in another tab.
    this.#known = undefined
    return this.#change(url, init)
  }

  async #change(url: string, init: RequestInit): Promise<Response> {
    this.#known ??= this.#read()
    const known = await this.#known.catch((cause: unknown) => {
      this.#known = undefined
      throw cause
    })
    if (known === undefined) {
      this.#known = undefined
      // Nor as nobody, who may write in some places.
      if (this.userId !== undefined) return Response.json({ error: NOBODY }, { status: 401 })
    }
    if (this.userId !== undefined && known !== undefined && known.userId !== this.userId) {
      this.#known = undefined
      return Response.json({ error: SOMEBODY_ELSE }, { status: 401 })
    }
    const headers = new Headers(init.headers)
    if (known !== undefined) headers.set('x-csrf-token', known.csrfToken)
    return this.#fetch(url, { ...init, headers })
  }
}
