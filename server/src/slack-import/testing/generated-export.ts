import { writeZip, type ZipPart } from './write-zip.ts'

export interface ExportSize {
  readonly messages: number
  readonly people: number
  readonly days: number
}

const WORDS =
  'the a of to and in is it you that macro list map string test file code works see try use when why error value type *bold* _slanted_ `(f x)` &lt;tag&gt; :smile: <https://example.org/a?b=1&amp;c=2> <https://example.org|site> 3.14 #t'.split(
    ' ',
  )

/** A small linear congruential generator (Numerical Recipes): the same text in each run. */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 0x1_0000_0000) * below)
  }
}

/** An export of one channel with so many messages, people and days, in the shape of a real one; the same bytes each time. */
export function generatedExport(size: ExportSize): Buffer {
  const random = randomNumbers(size.messages)
  const ids = Array.from({ length: size.people }, (_, index) => `U${String(index).padStart(8, '0')}`)
  const user = (): string => ids[random(ids.length)] ?? 'U0'
  const parts: ZipPart[] = [
    {
      name: 'channels.json',
      content: JSON.stringify([{ id: 'C0ALL', name: 'general', created: 1_483_228_800, members: ids }], null, 1),
    },
    {
      name: 'users.json',
      content: JSON.stringify(
        ids.map((id, index) => ({
          id,
          team_id: 'TGENERATED',
          name: `person${index}`,
          profile: { real_name: `Person ${index}` },
        })),
        null,
        1,
      ),
    },
  ]
  let made = 0
  for (let day = 0; day < size.days; day++) {
    const dayEnd = Math.floor(((day + 1) * size.messages) / size.days)
    const startS = 1_500_000_000 + day * 86_400
    const messages = []
    for (let second = 0; made < dayEnd; made++, second += 1 + random(3)) {
      const words = Array.from({ length: 3 + random(40) }, () => WORDS[random(WORDS.length)])
      const text =
        random(8) === 0 ? `<@${user()}> ${words.join(' ')}\n\`\`\`${words.join('\n')}\`\`\`` : words.join(' ')
      messages.push({
        type: 'message',
        user: user(),
        text,
        ts: `${startS + second}.${String(random(1_000_000)).padStart(6, '0')}`,
      })
    }
    const date = new Date(startS * 1000).toISOString().slice(0, 10)
    parts.push({ name: `general/${date}.json`, content: JSON.stringify(messages, null, 0) })
  }
  return writeZip(parts)
}
