/** What the bench asks of the load program, and what it answers, over the channel between the two processes. */
import type { AttackAsk, AttackFigures } from './attackers.ts'
import type { Greeting } from './subscriber.ts'
import type { TalkAsk, TalkersAsk, TalkFigures } from './talkers.ts'

/** One message after the other, `inFlight` at once; a message is done when the last subscriber has it. */
export interface ClosedLoop {
  readonly kind: 'closed'
  readonly inFlight: number
}

/** So many messages a second, whatever becomes of them. */
export interface Paced {
  readonly kind: 'paced'
  readonly perS: number
}

export interface Opening {
  readonly port: number
  readonly count: number
  /** Used in turn, so that connections can be of several users. */
  readonly greetings: readonly Greeting[]
  /** 127.0.0.1 when 0; others keep one address from running out of ports while connections come and go. */
  readonly localAddress?: string
}

export interface LoadCommands {
  open: { readonly ask: Opening; readonly answer: { readonly ms: number } }
  /** Opens the connection that publishes. */
  openPublisher: { readonly ask: Opening; readonly answer: null }
  publish: {
    readonly ask: {
      readonly load: ClosedLoop | Paced
      /** The text of the frame that publishes one message. */
      readonly text: string
      readonly ms: number
      /** Whose CPU time is counted. */
      readonly serverPid: number
    }
    readonly answer: PublishFigures
  }
  /** Every connection sends this and waits for an answer. */
  askAll: { readonly ask: { readonly text: string }; readonly answer: null }
  /** Ends the oldest connections. */
  end: { readonly ask: { readonly count: number; readonly how: 'close' | 'cut' | 'both' }; readonly answer: null }
  openTalkers: { readonly ask: TalkersAsk; readonly answer: null }
  talk: { readonly ask: TalkAsk; readonly answer: TalkFigures }
  /** Begins, and goes on until `stopAttack`. */
  attack: { readonly ask: AttackAsk; readonly answer: null }
  stopAttack: { readonly ask: null; readonly answer: AttackFigures }
}

export interface PublishFigures {
  readonly messages: number
  readonly deliveries: number
  readonly seconds: number
  readonly serverCpuUs: number
  /** The share of a core that the load program used: near 1 it is what bounds the deliveries. */
  readonly loadCpuShare: number
  /** From the write of a message to its arrival at a subscriber, each delivery counted. */
  readonly deliveryP50Ms: number
  readonly deliveryP99Ms: number
  /** From the write of a message to its arrival at the last subscriber. */
  readonly lastP50Ms: number
  readonly lastP99Ms: number
}

export interface LoadRequest {
  readonly id: number
  readonly command: string
  readonly ask: unknown
}

export interface LoadResponse {
  readonly id: number
  readonly answer?: unknown
  readonly error?: string
}

/** Commands by name, each with what is asked and what is answered. */
export type CommandTable<Names> = {
  readonly [Name in keyof Names]: { readonly ask: unknown; readonly answer: unknown }
}

export type CommandHandlers<Commands extends CommandTable<Commands>> = {
  readonly [Name in keyof Commands]: (ask: Commands[Name]['ask']) => Promise<Commands[Name]['answer']>
}
