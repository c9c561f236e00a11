/** The load generator: one process that holds all connections, and does what the bench asks over the channel between them. */
import { Attackers } from './attackers.ts'
import type { CommandHandlers, LoadCommands, Opening } from './load-commands.ts'
import { Publishing } from './publishing.ts'
import { serveCommands } from './serve-commands.ts'
import { Subscriber, type SubscriberEvents } from './subscriber.ts'
import { Talkers } from './talkers.ts'

const OPENING_AT_ONCE = 64

let subscribers: Subscriber[] = []
let publisher: Subscriber | undefined
let publishing: Publishing | undefined
let talkers: Talkers | undefined
let attackers: Attackers | undefined
let broken: string | undefined

const events: SubscriberEvents = {
  message: (subscriber) => publishing?.delivered(subscriber),
  readEnd: () => publishing?.readEnd(),
  failed: (reason) => {
    broken ??= reason
    publishing?.failed(reason)
  },
}

const commands: CommandHandlers<LoadCommands> = {
  async open(opening) {
    const started = performance.now()
    let left = opening.count
    const opener = async (): Promise<void> => {
      while (left-- > 0) {
        const subscriber = newSubscriber(opening, left)
        await subscriber.opened
        subscribers.push(subscriber)
      }
    }
    await Promise.all(Array.from({ length: OPENING_AT_ONCE }, opener))
    return { ms: performance.now() - started }
  },
  async openPublisher(opening) {
    publisher = newSubscriber(opening, 0)
    await publisher.opened
    return null
  },
  async publish(ask) {
    if (publisher === undefined) throw new Error('nobody publishes: openPublisher comes first')
    publishing = new Publishing(subscribers, publisher, ask)
    try {
      return await publishing.run()
    } finally {
      publishing = undefined
    }
  },
  async askAll({ text }) {
    for (let from = 0; from < subscribers.length; from += OPENING_AT_ONCE) {
      await Promise.all(subscribers.slice(from, from + OPENING_AT_ONCE).map((subscriber) => subscriber.ask(text)))
    }
    return null
  },
  async end({ count, how }) {
    const leaving = subscribers.slice(0, count)
    subscribers = subscribers.slice(count)
    const ends = leaving.map((subscriber, index) =>
      subscriber.end(how === 'both' ? (index % 2 === 0 ? 'close' : 'cut') : how),
    )
    await Promise.all(ends)
    return null
  },
  async openTalkers(ask) {
    talkers = await Talkers.open(ask)
    return null
  },
  async talk(ask) {
    if (talkers === undefined) throw new Error('nobody talks: openTalkers comes first')
    return talkers.talk(ask)
  },
  async attack(ask) {
    attackers = new Attackers(ask)
    return null
  },
  async stopAttack() {
    if (attackers === undefined) throw new Error('nobody attacks: attack comes first')
    return attackers.stop()
  },
}

function newSubscriber({ port, greetings, localAddress }: Opening, index: number): Subscriber {
  const greeting = greetings[index % greetings.length]
  if (greeting === undefined) throw new Error('an opening needs a greeting')
  return new Subscriber({ port, ...(localAddress === undefined ? {} : { localAddress }) }, greeting, events)
}

serveCommands(commands, () => {
  if (broken !== undefined) throw new Error(broken)
})
