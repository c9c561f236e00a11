/**
 * P3: messages through the whole path (socket, schema, session, permission, rate limit, group commit with outbox row, ack) against
 * bare multi-row inserts into tables of the same shape on the same server. Rounds alternate, so that both meet the same machine.
 */
import { Pool } from 'pg'
import { newChannel, newPerson } from '@glasshouse/e2e/rest'
import type { Server } from '@glasshouse/e2e/start-server'
import { LoadSocket, textFrame } from './load/load-socket.ts'
import { median } from './statistics.ts'

export interface IngestOptions {
  readonly rounds: number
  readonly messagesPerRound: number
  readonly connections: number
  readonly channels: number
  readonly inFlight: number
  readonly contentBytes: number
}

export interface IngestResult {
  readonly options: IngestOptions
  readonly oursPerS: readonly number[]
  readonly barePerS: readonly number[]
  /** The median of ours over the median of the bare inserts. */
  readonly ratio: number
  /** One message at a time on an idle server, milliseconds. */
  readonly aloneP50Ms: number
  readonly commitP50Ms: number
}

const BARE_ROWS_PER_INSERT = 512
const BARE_IN_FLIGHT = 4
const ALONE_SAMPLES = 300

export async function benchIngest(
  server: Server,
  connectionString: string,
  options: IngestOptions,
  log: (line: string) => void,
): Promise<IngestResult> {
  const person = await newPerson(server.url, `ingest-${options.connections}`)
  const channels: string[] = []
  for (let index = 0; index < options.channels; index++)
    channels.push(await newChannel(server.url, person.token, `ingest ${options.connections} ${index}`))
  const pool = new Pool({ connectionString, max: BARE_IN_FLIGHT })
  try {
    await prepareBare(pool)
    const commitP50Ms = await timeCommits(pool)
    const aloneP50Ms = await timeAlone(server, person.token, channels[0] ?? '')
    const oursPerS: number[] = []
    const barePerS: number[] = []
    for (let round = 0; round < options.rounds; round++) {
      barePerS.push(await bareRound(pool, options))
      oursPerS.push(await oursRound(server, person.token, channels, options))
      log(`round ${round + 1}: ours ${Math.round(oursPerS.at(-1) ?? 0)}/s, bare ${Math.round(barePerS.at(-1) ?? 0)}/s`)
    }
    return { options, oursPerS, barePerS, ratio: median(oursPerS) / median(barePerS), aloneP50Ms, commitP50Ms }
  } finally {
    await pool.end()
  }
}

/** The tables of chat, under another name: the same columns and indexes, and an outbox. */
async function prepareBare(pool: Pool): Promise<void> {
  await pool.query(`
    drop schema if exists bench_bare cascade;
    create schema bench_bare;
    create table bench_bare.messages (like chat.messages including all);
    create table bench_bare.outbox (like chat.outbox including all);`)
}

const BARE_INSERT = `
  with inserted as (
    insert into bench_bare.messages (id, channel_id, seq, changed_seq, user_id, client_id, content, content_hash, status, created_at)
    select id, $2::uuid, seq, seq, $3::uuid, id, $4, sha256(convert_to($4, 'UTF8')), 'visible', now() from unnest($1::uuid[], $5::bigint[]) as t(id, seq)
    returning channel_id, changed_seq)
  insert into bench_bare.outbox (topic, key, version) select 'channel-stream', channel_id, changed_seq from inserted`

async function bareRound(pool: Pool, options: IngestOptions): Promise<number> {
  const content = 'x'.repeat(options.contentBytes)
  const statements = Math.ceil(options.messagesPerRound / BARE_ROWS_PER_INSERT)
  let next = 0
  const started = performance.now()
  const worker = async (): Promise<void> => {
    const channelId = crypto.randomUUID()
    const userId = crypto.randomUUID()
    let seq = 0
    while (next < statements) {
      next++
      const ids = Array.from({ length: BARE_ROWS_PER_INSERT }, () => crypto.randomUUID())
      const seqs = ids.map(() => ++seq)
      await pool.query({ name: 'bare', text: BARE_INSERT, values: [ids, channelId, userId, content, seqs] })
    }
  }
  await Promise.all(Array.from({ length: BARE_IN_FLIGHT }, worker))
  return (statements * BARE_ROWS_PER_INSERT) / ((performance.now() - started) / 1000)
}

async function oursRound(
  server: Server,
  token: string,
  channels: readonly string[],
  options: IngestOptions,
): Promise<number> {
  const perConnection = Math.ceil(options.messagesPerRound / options.connections)
  const window = Math.max(1, Math.floor(options.inFlight / options.connections))
  const content = 'x'.repeat(options.contentBytes)
  const started = performance.now()
  const runs = Array.from({ length: options.connections }, (_, index) =>
    sendAll(server.url, token, channels[index % channels.length] ?? '', { count: perConnection, window, content }),
  )
  await Promise.all(runs)
  return (perConnection * options.connections) / ((performance.now() - started) / 1000)
}

async function sendAll(
  url: string,
  token: string,
  channelId: string,
  load: { count: number; window: number; content: string },
): Promise<void> {
  let sent = 0
  let acked = 0
  const done = Promise.withResolvers<void>()
  const makeFrame = (): Buffer =>
    textFrame({ type: 'send_message', channel_id: channelId, content: load.content, client_id: crypto.randomUUID() })
  let due = 0
  const flush = (): void => {
    const frames: Buffer[] = []
    while (due > 0 && sent < load.count) {
      frames.push(makeFrame())
      due--
      sent++
    }
    if (frames.length > 0) socket.write(frames)
    due = 0
  }
  const socket = await LoadSocket.open(url, token, (text) => {
    const type = text.subarray(9, 13).toString('latin1')
    if (type.startsWith('ack')) {
      acked++
      if (acked === load.count) done.resolve()
      if (due++ === 0) setImmediate(flush)
    } else if (type === 'erro') {
      done.reject(new Error(text.toString('utf8')))
    }
  })
  try {
    due = load.window
    flush()
    await done.promise
  } finally {
    socket.close()
  }
}

/** One sender, one message at a time: the time from the frame to its ack. */
async function timeAlone(server: Server, token: string, channelId: string): Promise<number> {
  const times: number[] = []
  let acked = Promise.withResolvers<void>()
  const socket = await LoadSocket.open(server.url, token, (text) => {
    const type = text.subarray(9, 13).toString('latin1')
    if (type.startsWith('ack')) acked.resolve()
    else if (type === 'erro') acked.reject(new Error(text.toString('utf8')))
  })
  for (let index = 0; index < ALONE_SAMPLES; index++) {
    acked = Promise.withResolvers<void>()
    const started = performance.now()
    socket.write([
      textFrame({ type: 'send_message', channel_id: channelId, content: 'alone', client_id: crypto.randomUUID() }),
    ])
    await acked.promise
    times.push(performance.now() - started)
  }
  socket.close()
  return median(times)
}

/** One bare row at a time: what one commit costs on this disk. */
async function timeCommits(pool: Pool): Promise<number> {
  const times: number[] = []
  const channelId = crypto.randomUUID()
  for (let seq = 1; seq <= ALONE_SAMPLES; seq++) {
    const started = performance.now()
    await pool.query({
      name: 'bare',
      text: BARE_INSERT,
      values: [[crypto.randomUUID()], channelId, channelId, 'alone', [seq]],
    })
    times.push(performance.now() - started)
  }
  return median(times)
}
