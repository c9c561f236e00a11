/** Asking a person, or a pipe, for a secret. */
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'

const LINE_CHARACTERS_MAX = 10_000

/** One line: typed unseen at a terminal, or the first line of a pipe. Undefined when nothing comes. */
export async function readSecretLine(question: string): Promise<string | undefined> {
  return process.stdin.isTTY ? askUnseen(question) : readPipe()
}

async function askUnseen(question: string): Promise<string | undefined> {
  process.stderr.write(question)
  // readline echoes what is typed to its output: it gets one that writes nothing.
  const unseen = new Writable({ write: (_chunk, _encoding, done) => done() })
  const reader = createInterface({ input: process.stdin, output: unseen, terminal: true })
  // Ctrl-C and Ctrl-D end the question without an answer.
  const ended = new Promise<undefined>((done) => {
    reader.once('close', () => done(undefined))
  })
  try {
    return await Promise.race([reader.question(''), ended])
  } finally {
    reader.close()
    process.stderr.write('\n')
  }
}

async function readPipe(): Promise<string | undefined> {
  let text = ''
  for await (const chunk of process.stdin) {
    text += String(chunk)
    if (text.includes('\n') || text.length > LINE_CHARACTERS_MAX) break
  }
  const line = text.split('\n', 1)[0]?.replace(/\r$/, '')
  return line === '' ? undefined : line
}
