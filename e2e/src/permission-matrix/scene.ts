/** A house in which everybody of the permission matrix lives, with a channel of each kind. */
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { createPool, startEmbeddedPostgres, type EmbeddedPostgres } from '@glasshouse/platform'
import { newPerson, rest, type Answer, type Person } from '../rest.ts'
import { dataFolder, startServer, type DataFolder, type Server } from '../start-server.ts'
import type { Place, Standing } from './audiences.ts'

/** What is said there and nowhere else: whoever is outside and gets an answer with it has been told too much. */
export const SECRETS = { private: 'mandragora', direct: 'belladonna' } as const

const SETTINGS = {
  LOBBY_ACCESS: 'demo',
  CHANNEL_RATE_LIMIT: '10000/10',
  LOBBY_RATE_LIMIT: '10000/10',
  MESSAGE_CHANGE_RATE_LIMIT: '10000/10',
  LIVE_SOCKETS_PER_ADDRESS_MAX: '1000',
  LIVE_OPENS_PER_USER: '10000/10',
}
const ADMIN = { username: 'admin', email: 'admin@example.test', password: 'admin has a long password' }

type SignedIn = Exclude<Standing, 'anonymous'>
const INSIDE: readonly SignedIn[] = ['owner', 'moderator', 'member', 'guest_member']
const PAIR: readonly SignedIn[] = ['member', 'guest_member']

export class Scene implements AsyncDisposable {
  readonly server: Server
  /** All but the visitor, and two whom things happen to: a member of every channel and somebody who is in none. */
  readonly people: Readonly<Record<SignedIn | 'bystander' | 'newcomer', Person>>
  readonly #database: EmbeddedPostgres
  readonly #folder: DataFolder
  readonly #standing = new Map<Place, string>()
  readonly #haveLeft = new Set<string>()
  #names = 0

  private constructor(parts: {
    server: Server
    people: Scene['people']
    database: EmbeddedPostgres
    folder: DataFolder
  }) {
    this.server = parts.server
    this.people = parts.people
    this.#database = parts.database
    this.#folder = parts.folder
  }

  static async open(): Promise<Scene> {
    const folder = await dataFolder()
    const started = await startEmbeddedPostgres({
      dataFolder: join(folder.path, 'external'),
      password: randomBytes(16).toString('hex'),
      databaseName: 'matrix',
      startTimeoutMs: 60_000,
      role: 'test',
      log: () => undefined,
    })
    if (!started.ok) throw new Error(started.error.message)
    const database = started.value
    const settings = {
      ...SETTINGS,
      DATABASE_URL: database.connectionString,
      GLASSHOUSE_ADMIN_USERNAME: ADMIN.username,
      GLASSHOUSE_ADMIN_EMAIL: ADMIN.email,
      GLASSHOUSE_ADMIN_PASSWORD: ADMIN.password,
    }
    const server = await startServer({ settings })
    const people = await populate(server.url, database)
    const scene = new Scene({ server, people, database, folder })
    // Its rules would hold what is written here in a hurry.
    await scene.must(people.admin, 'PATCH', `/channels/${await scene.#lobbyId()}`, { moderation: 'off' })
    await scene.restoreLobby()
    return scene
  }

  person(standing: Standing): Person | undefined {
    return standing === 'anonymous' ? undefined : this.people[standing]
  }

  newName(): string {
    return `name-${++this.#names}`
  }

  isInside(standing: Standing, place: Place): boolean {
    return (place === 'direct' ? PAIR : INSIDE).some((inside) => inside === standing)
  }

  /** A channel of this kind for all who only look at it. */
  async standing(place: Place): Promise<string> {
    const found = this.#standing.get(place) ?? (await this.fresh(place))
    this.#standing.set(place, found)
    return found
  }

  /** A channel of its own, where there can be several. */
  async fresh(place: Place): Promise<string> {
    const { owner, moderator, bystander } = this.people
    if (place === 'lobby') return this.#lobbyId()
    if (place === 'direct') {
      const body = { type: 'direct', members: [this.people.guest_member.id] }
      return (await this.must(this.people.member, 'POST', '/channels', body)).body.id
    }
    const members = INSIDE.slice(1).map((each) => this.people[each].id)
    const name = place === 'private' ? `${SECRETS.private} ${this.newName()}` : this.newName()
    const body = { type: place, name, members: [...members, bystander.id] }
    const { id } = (await this.must(owner, 'POST', '/channels', body)).body
    await this.must(owner, 'PATCH', `/channels/${id}/members/${moderator.id}`, { role: 'moderator' })
    return id
  }

  /** Who can see to a channel and its members, being inside. */
  keeper(place: Place): Person {
    return place === 'direct' ? this.people.member : this.people.owner
  }

  /** Once for each person: they come into a private channel, keep what can be kept there, and are out again. */
  async leaveThingsBehind(person: Person): Promise<void> {
    if (this.#haveLeft.has(person.id)) return
    this.#haveLeft.add(person.id)
    const channel = `/channels/${await this.standing('private')}`
    const { owner, bystander } = this.people
    await this.must(owner, 'PUT', `${channel}/members/${person.id}`)
    const content = `about ${SECRETS.private}`
    const { id } = (await this.must(bystander, 'POST', `${channel}/messages`, { content })).body
    const message = `${channel}/messages/${id}`
    await this.must(bystander, 'POST', `${channel}/messages`, { content, thread_id: id })
    await this.must(person, 'PUT', `${message}/thread/follow`)
    await this.must(person, 'PUT', `${message}/save`)
    const remind_at = new Date(Date.now() + 3_600_000).toISOString()
    await this.must(person, 'PUT', `${message}/reminder`, { remind_at })
    await this.must(person, 'PUT', `${channel}/draft`, { content })
    await this.must(person, 'PUT', `${channel}/unread`, { seq: 1 })
    await this.must(owner, 'DELETE', `${channel}/members/${person.id}`)
  }

  /** The Lobby is one: after somebody did something there, its members are made what they were. */
  async restoreLobby(): Promise<void> {
    const { admin, owner, moderator, bystander } = this.people
    const path = `/channels/${await this.#lobbyId()}/members`
    const roles = new Map(INSIDE.map((each) => [this.people[each].id, 'member']))
    roles.set(bystander.id, 'member').set(owner.id, 'owner').set(moderator.id, 'moderator')
    const restrictions = `/channels/${await this.#lobbyId()}/restrictions?limit=100`
    for (const { user_id: id, kind } of (await this.must(admin, 'GET', restrictions)).body.items) {
      await this.must(admin, 'DELETE', `${path}/${id}/${kind}`)
    }
    const found = (await this.must(admin, 'GET', `${path}?limit=100`)).body.items as { user_id: string; role: string }[]
    for (const { user_id: id } of found) if (!roles.has(id)) await this.must(admin, 'DELETE', `${path}/${id}`)
    for (const [id, role] of roles) {
      const now = found.find(({ user_id }) => user_id === id)?.role
      if (now === undefined) await this.must(admin, 'PUT', `${path}/${id}`)
      if ((now ?? 'member') !== role) await this.must(admin, 'PATCH', `${path}/${id}`, { role })
    }
  }

  /** How far the channel's stream is: it stands still when nothing happens. */
  async head(place: Place, channelId: string): Promise<number> {
    return (await this.must(this.keeper(place), 'GET', `/channels/${channelId}`)).body.seq
  }

  async must(person: Person, method: string, path: string, body?: object): Promise<Answer> {
    const options = { token: person.token, ...(body === undefined ? {} : { body }) }
    const answer = await rest(this.server.url, method, `/api${path}`, options)
    if (answer.status < 300) return answer
    throw new Error(`${person.username} ${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`)
  }

  async #lobbyId(): Promise<string> {
    const known = this.#standing.get('lobby')
    if (known !== undefined) return known
    const { items } = (await this.must(this.people.admin, 'GET', '/channels?limit=100')).body
    return items.find((each: { is_lobby: boolean }) => each.is_lobby).id
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]()
    await this.#database[Symbol.asyncDispose]()
    await this.#folder[Symbol.asyncDispose]()
  }
}

/** One attempt of one person at one place, and what their request can be about. */
export class Trial {
  readonly standing: Standing
  readonly person: Person | undefined
  readonly place: Place | undefined
  readonly #scene: Scene
  readonly #channelId: string | undefined

  private constructor(
    scene: Scene,
    at: { standing: Standing; place: Place | undefined; channelId: string | undefined },
  ) {
    this.#scene = scene
    this.standing = at.standing
    this.place = at.place
    this.person = scene.person(at.standing)
    this.#channelId = at.channelId
  }

  static async begin(
    scene: Scene,
    { standing, place, reads }: { standing: Standing; place: Place | undefined; reads: boolean },
  ): Promise<Trial> {
    const channelId = place === undefined ? undefined : await (reads ? scene.standing(place) : scene.fresh(place))
    return new Trial(scene, { standing, place, channelId })
  }

  /** The channel's id. */
  get channel(): string {
    if (this.#channelId === undefined) throw new Error('this row is about no channel: give it an audience by place')
    return this.#channelId
  }

  /** A member, and none of those who ask. In the conversation: the other one. */
  get bystander(): Person {
    const { people } = this.#scene
    if (this.place !== 'direct') return people.bystander
    return this.standing === 'guest_member' ? people.member : people.guest_member
  }

  /** The owner of the channel; in the conversation, where nobody owns anything, the other one. */
  get owner(): Person {
    return this.place === 'direct' ? this.bystander : this.#scene.people.owner
  }

  /** Somebody who is in no channel. */
  get newcomer(): Person {
    return this.#scene.people.newcomer
  }

  newName(): string {
    return this.#scene.newName()
  }

  newAccount(): { username: string; email: string; password: string } {
    const username = this.#scene.newName()
    return { username, email: `${username}@example.test`, password: `${username} has a long password` }
  }

  /** Their own, or a visitor's who means to sign in. */
  credentials(): { username: string; password: string } {
    const { username, password } = this.person ?? this.newcomer
    return { username, password }
  }

  /** One more session of theirs. */
  signIn(): Promise<Person> {
    const { username, password } = this.credentials()
    return signedIn(this.#scene.server.url, username, password)
  }

  /** One more session, theirs or of this person: its id. */
  async session(person?: Person): Promise<string> {
    const { username, password } = person ?? this.credentials()
    const { token } = await signedIn(this.#scene.server.url, username, password)
    const { items } = (await rest(this.#scene.server.url, 'GET', '/api/auth/sessions', { token })).body
    return items.find((each: { current: boolean }) => each.current).id
  }

  /** Gives them the password again that they had. */
  async restorePassword(present: string): Promise<void> {
    if (this.person === undefined) return
    const body = { current_password: present, new_password: this.person.password }
    await this.#scene.must(this.person, 'PUT', '/users/me/password', body)
  }

  /** A message that another member wrote. */
  message(): Promise<string> {
    return this.#write(this.bystander)
  }

  /** A message of another member that somebody reported: it waits for the moderators. */
  async reported(): Promise<string> {
    const id = await this.message()
    const keeper = this.#scene.keeper(this.place ?? 'public')
    await this.#scene.must(keeper, 'POST', `/channels/${this.channel}/messages/${id}/report`, {})
    return id
  }

  /** One that was decided about: in a conversation, where nobody moderates, by an administrator. */
  async decided(): Promise<string> {
    const id = await this.reported()
    await this.#scene.must(this.#judge, 'POST', `/moderation/${id}`, { decision: 'approve' })
    return id
  }

  /** One that they wrote, and that another reported. */
  async ownReported(): Promise<string> {
    const id = await this.ownMessage()
    await this.#scene.must(this.bystander, 'POST', `/channels/${this.channel}/messages/${id}/report`, {})
    return id
  }

  /** One that they wrote, and that was removed after that. */
  async ownRemoved(): Promise<string> {
    const id = await this.ownReported()
    await this.#scene.must(this.#judge, 'POST', `/moderation/${id}`, { decision: 'remove', reason: 'why' })
    return id
  }

  get #judge(): Person {
    return this.place === 'direct' ? this.#scene.people.admin : this.#scene.people.owner
  }

  /** Whoever is outside of a private channel was inside once, and kept all sorts of things there. */
  async leaveThingsBehind(): Promise<void> {
    const { person } = this
    if (person === undefined || this.#scene.isInside(this.standing, 'private')) return
    await this.#scene.leaveThingsBehind(person)
  }

  /** A member who was muted or banned just now; in a conversation, where nobody can be, one who is not. */
  async restricted(kind: 'mute' | 'ban'): Promise<string> {
    const { id } = this.bystander
    if (this.place === 'direct') return id
    const body = { until: null }
    await this.#scene.must(this.#scene.people.owner, 'PUT', `/channels/${this.channel}/members/${id}/${kind}`, body)
    return id
  }

  /** One that they wrote: who is outside now was inside then. Of whoever can never have been inside: another's. */
  async ownMessage(): Promise<string> {
    const { person, place } = this
    if (person === undefined || place === undefined) return this.message()
    if (this.#scene.isInside(this.standing, place)) return this.#write(person)
    if (place === 'direct') return this.message()
    const path = `/channels/${this.channel}/members/${person.id}`
    await this.#scene.must(this.#scene.keeper(place), 'PUT', path)
    const id = await this.#write(person)
    await this.#scene.must(this.#scene.keeper(place), 'DELETE', path)
    return id
  }

  /** A message of another member that asks something. */
  poll(): Promise<string> {
    return this.#write(this.bystander, { poll: { question: `${this.#subject}?`, options: ['yes', 'no'] } })
  }

  /** A group with nobody in it. */
  async group(): Promise<string> {
    const body = { name: this.newName() }
    return (await this.#scene.must(this.#scene.people.admin, 'POST', '/groups', body)).body.id
  }

  /** A message that another member has written, to be sent later. */
  async scheduled(): Promise<string> {
    const { people } = this.#scene
    const listed = await this.#scene.must(people.bystander, 'GET', '/channels?limit=1')
    const body = { content: 'not yet', send_at: new Date(Date.now() + 3_600_000).toISOString() }
    const path = `/channels/${listed.body.items[0].id}/scheduled`
    return (await this.#scene.must(people.bystander, 'POST', path, body)).body.id
  }

  get #subject(): string {
    return this.place === 'private' || this.place === 'direct' ? SECRETS[this.place] : 'the weather'
  }

  async #write(author: Person, more: object = {}): Promise<string> {
    const path = `/channels/${this.channel}/messages`
    return (await this.#scene.must(author, 'POST', path, { content: `about ${this.#subject}`, ...more })).body.id
  }
}

/** Who is what in the house cannot be set over the API yet: it is, in the database, before they sign in. */
const ROLES = { manager: 'manager', guest_member: 'guest', guest: 'guest' } as const

async function populate(url: string, database: EmbeddedPostgres): Promise<Scene['people']> {
  const register = (name: string): Promise<Person> => newPerson(url, name)
  const appointed = { manager: '', guest_member: '', guest: '' }
  for (const name of Object.keys(ROLES) as (keyof typeof ROLES)[]) {
    const { username, password } = await register(name)
    await setRole(database, username, ROLES[name])
    appointed[name] = password
  }
  return {
    admin: await signedIn(url, ADMIN.username, ADMIN.password),
    manager: await signedIn(url, 'manager', appointed.manager),
    guest_member: await signedIn(url, 'guest_member', appointed.guest_member),
    guest: await signedIn(url, 'guest', appointed.guest),
    owner: await register('owner'),
    moderator: await register('moderator'),
    member: await register('member'),
    stranger: await register('stranger'),
    bystander: await register('bystander'),
    newcomer: await register('newcomer'),
  }
}

async function setRole(database: EmbeddedPostgres, username: string, role: string): Promise<void> {
  const { connectionString } = database
  const pool = createPool({ connectionString, connectionsMax: 1, applicationName: 'permission matrix' })
  try {
    const { rowCount } = await pool.query('update identity.users set role = $2 where username = $1', [username, role])
    if (rowCount !== 1) throw new Error(`no ${username}`)
  } finally {
    await pool.end()
  }
}

async function signedIn(url: string, username: string, password: string): Promise<Person> {
  const answer = await rest(url, 'POST', '/api/users/login', { body: { username, password } })
  if (answer.status !== 200) throw new Error(`sign in ${username}: ${answer.status} ${JSON.stringify(answer.body)}`)
  const { token, refresh_token: refreshToken, user } = answer.body
  return { id: user.id, username, password, token, refreshToken }
}
