import { PEOPLE_PER_BATCH_MAX, type ImportedPerson, type ImportTarget, type KnownPerson } from './ports.ts'
import { handle, type SlackAuthor, type SlackMessage, type SlackUser } from './slack-records.ts'

/** Everybody is held in memory for the time of the import: about 300 bytes each. */
const PEOPLE_MAX = 1_000_000

/**
 * Who is who: the people of users.json, and those who appear in messages only. An account that Slack no longer lists, or lists for
 * another team, is made from what its message says about it, or from its bare id; a program by its bot id, or by the name it uses.
 */
export class SlackPeople {
  readonly #target: ImportTarget
  readonly #source: string
  readonly #known = new Map<string, KnownPerson>()
  /** A program's messages carry its bot id; when users.json has an account for it, they are that account's. */
  readonly #userOfBot = new Map<string, string>()
  fromMessages = 0
  bots = 0

  constructor(target: ImportTarget, source: string) {
    this.#target = target
    this.#source = source
  }

  async addUsers(users: readonly SlackUser[], onAdded: (count: number) => boolean): Promise<void> {
    for (const user of users) if (user.botId !== undefined) this.#userOfBot.set(user.botId, user.id)
    for (let start = 0; start < users.length; start += PEOPLE_PER_BATCH_MAX) {
      const people = users.slice(start, start + PEOPLE_PER_BATCH_MAX).map(personOfUser)
      await this.#add(people)
      if (!onAdded(people.length)) return
    }
  }

  /** Makes the authors and reactors of these messages known. */
  async addFromMessages(messages: readonly SlackMessage[]): Promise<void> {
    const unknown = new Map<string, ImportedPerson>()
    const isNew = (externalId: string): boolean => !this.#known.has(externalId) && !unknown.has(externalId)
    // Authors first: a message knows its author's name, a reaction only an id.
    for (const { author } of messages) {
      const externalId = this.#externalIdOf(author)
      if (isNew(externalId)) unknown.set(externalId, personOfAuthor(externalId, author))
    }
    for (const { reactions } of messages) {
      for (const id of reactions.flatMap((reaction) => reaction.users)) {
        if (isNew(id)) unknown.set(id, bareId(id))
      }
    }
    const people = [...unknown.values()].slice(0, Math.max(0, PEOPLE_MAX - this.#known.size))
    this.fromMessages += people.length
    for (let start = 0; start < people.length; start += PEOPLE_PER_BATCH_MAX) {
      await this.#add(people.slice(start, start + PEOPLE_PER_BATCH_MAX))
    }
  }

  /** Undefined when there are more people than can be held. */
  author(author: SlackAuthor): KnownPerson | undefined {
    return this.#known.get(this.#externalIdOf(author))
  }

  person(slackId: string): KnownPerson | undefined {
    return this.#known.get(slackId) ?? this.#known.get(this.#userOfBot.get(slackId) ?? '')
  }

  async #add(people: readonly ImportedPerson[]): Promise<void> {
    const added = await this.#target.importUsers(this.#source, people)
    for (const [externalId, person] of added) this.#known.set(externalId, person)
    this.bots += people.filter((person) => person.bot).length
  }

  #externalIdOf(author: SlackAuthor): string {
    if (author.kind === 'user') return author.id
    if (author.botId === undefined) return `bot:${(author.name ?? '').slice(0, 200)}`
    return this.#userOfBot.get(author.botId) ?? author.botId
  }
}

function personOfUser(user: SlackUser): ImportedPerson {
  return {
    externalId: user.id,
    username: user.name,
    displayName: user.displayName,
    email: user.email,
    bot: user.bot,
    disabled: user.deleted,
  }
}

function personOfAuthor(externalId: string, author: SlackAuthor): ImportedPerson {
  const shown = author.kind === 'user' ? (author.displayName ?? author.name) : author.name
  const name = author.name ?? externalId
  return {
    externalId,
    username: handle(name),
    displayName: (shown ?? name).slice(0, 200).toWellFormed(),
    email: null,
    bot: author.kind === 'bot' || externalId === 'USLACKBOT',
    disabled: false,
  }
}

const bareId = (id: string): ImportedPerson => ({
  externalId: id,
  username: id,
  displayName: id,
  email: null,
  bot: false,
  disabled: false,
})
