import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from './testing/temporary-folder.ts'
import { writeZip, type ZipPart } from './testing/write-zip.ts'
import { ZIP_LIMITS, ZipArchive, type ZipLimits } from './zip-archive.ts'

const SMALL: ZipLimits = {
  entryBytesMax: 100_000,
  totalBytesMax: 150_000,
  entriesMax: 5,
  ratioMax: 50,
  ratioFreeBytes: 10_000,
  nameBytesMax: 100,
}

async function withZip<Value>(bytes: Buffer, use: (path: string) => Promise<Value>): Promise<Value> {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'export.zip')
  await writeFile(path, bytes)
  return await use(path)
}

async function refusalOf(bytes: Buffer, limits: ZipLimits = SMALL): Promise<string> {
  return withZip(bytes, async (path) => {
    const opened = await ZipArchive.open(path, limits)
    if (opened.ok) {
      await opened.value[Symbol.asyncDispose]()
      return 'none'
    }
    expect(opened.error.message).not.toContain('\n')
    return opened.error.kind
  })
}

const good: ZipPart = { name: 'a.json', content: '[1]' }
/** Text that does not shrink. */
const noise = (bytes: number): Buffer =>
  Buffer.from(Array.from({ length: bytes }, (_, index) => (index * index * 31 + (index >> 3) * 7) % 251))

describe('a good archive', () => {
  test.each([{ zip64: false }, { zip64: true }])('is listed and read (%o)', async (options) => {
    const parts = [
      good,
      { name: 'dir/', content: '', stored: true },
      { name: 'dir/ü 好.json', content: 'x'.repeat(5000) },
      { name: 'empty', content: '' },
    ]
    await withZip(writeZip(parts, options), async (path) => {
      const opened = await ZipArchive.open(path)
      if (!opened.ok) throw new Error(opened.error.message)
      await using archive = opened.value
      expect(archive.entries).toEqual([
        { name: 'a.json', bytes: 3 },
        { name: 'dir/ü 好.json', bytes: 5000 },
        { name: 'empty', bytes: 0 },
      ])
      expect(await archive.read('a.json')).toEqual({ ok: true, value: Buffer.from('[1]') })
      expect(await archive.read('dir/ü 好.json')).toEqual({ ok: true, value: Buffer.from('x'.repeat(5000)) })
      expect(await archive.read('empty')).toEqual({ ok: true, value: Buffer.alloc(0) })
    })
  })

  test('may store entries without packing them', async () => {
    await withZip(writeZip([{ ...good, stored: true }]), async (path) => {
      const opened = await ZipArchive.open(path)
      if (!opened.ok) throw new Error(opened.error.message)
      await using archive = opened.value
      expect(await archive.read('a.json')).toEqual({ ok: true, value: Buffer.from('[1]') })
    })
  })
})

describe('what leads out of the archive is refused', () => {
  test.each([
    '../a',
    'a/../../b',
    '/etc/passwd',
    'C:/a',
    'c:a',
    'a\\b',
    '..\\a',
    'a//b',
    './a',
    'a/.',
    '..',
    'a\0b',
    '',
  ])('%j', async (name) => {
    expect(await refusalOf(writeZip([good, { name, content: 'x' }]))).toBe('unsafe_name')
  })

  test('a symbolic link', async () => {
    expect(await refusalOf(writeZip([{ name: 'link', content: '/etc/passwd', unixMode: 0o120777 }]))).toBe(
      'unsafe_name',
    )
  })

  test('a name without end', async () => {
    expect(await refusalOf(writeZip([{ name: 'n'.repeat(101), content: 'x' }]))).toBe('unsafe_name')
  })
})

describe('a bomb is refused', () => {
  test('an entry that is too large', async () => {
    expect(await refusalOf(writeZip([{ name: 'a', content: noise(100_001) }]))).toBe('too_large')
  })

  test('too much in all', async () => {
    const parts = [1, 2].map((n) => ({ name: `${n}`, content: noise(80_000) }))
    expect(await refusalOf(writeZip(parts))).toBe('too_large')
  })

  test('too many entries', async () => {
    expect(await refusalOf(writeZip([1, 2, 3, 4, 5, 6].map((n) => ({ name: `${n}`, content: '' }))))).toBe('too_large')
  })

  test('an entry that shrinks too well', async () => {
    expect(await refusalOf(writeZip([{ name: 'a', content: 'a'.repeat(50_000) }]))).toBe('too_large')
    expect(await refusalOf(writeZip([{ name: 'a', content: 'a'.repeat(9000) }]))).toBe('none')
  })

  test('entries that are one and the same data', async () => {
    const limits = { ...SMALL, ratioMax: 3, entriesMax: 20, totalBytesMax: 1e9 }
    const parts: ZipPart[] = [{ name: 'first', content: noise(20_000), stored: true }]
    for (let n = 1; n < 10; n++) parts.push({ ...parts[0], name: `twin${n}`, content: '', stored: true, sameDataAs: 0 })
    expect(await refusalOf(writeZip(parts), limits)).toBe('too_large')
  })

  test('an entry that claims less than it holds, when it is read', async () => {
    await withZip(writeZip([{ name: 'a', content: 'a'.repeat(2_000_000), claimedBytes: 100 }]), async (path) => {
      const opened = await ZipArchive.open(path)
      if (!opened.ok) throw new Error(opened.error.message)
      await using archive = opened.value
      expect(await archive.read('a')).toMatchObject({ ok: false, error: { kind: 'bomb' } })
    })
  })

  test('ten megabytes of nothing, with the real limits', async () => {
    expect(await refusalOf(writeZip([{ name: 'a', content: Buffer.alloc(20_000_000) }]), ZIP_LIMITS)).toBe('too_large')
  })
})

describe('what is no archive to read is refused with its reason', () => {
  test('no zip, nothing, a zip that was cut off', async () => {
    expect(await refusalOf(Buffer.from('hello, this is text'))).toBe('not_a_zip')
    expect(await refusalOf(Buffer.alloc(0))).toBe('not_a_zip')
    const zip = writeZip([good, { name: 'b', content: noise(3000) }])
    for (const bytes of [40, 1000, zip.length - 1]) expect(await refusalOf(zip.subarray(0, bytes))).toBe('damaged_zip')
  })

  test('an end that points nowhere', async () => {
    const zip = writeZip([good])
    zip.writeUInt32LE(zip.length + 1000, zip.length - 6)
    expect(await refusalOf(zip)).toBe('damaged_zip')
  })

  test('encrypted, packed in an unknown way, twice the same name', async () => {
    expect(await refusalOf(writeZip([{ ...good, encrypted: true }]))).toBe('encrypted')
    expect(await refusalOf(writeZip([{ ...good, method: 14 }]))).toBe('damaged_zip')
    expect(await refusalOf(writeZip([good, good]))).toBe('damaged_zip')
  })

  test('a missing file, a folder, a device', async () => {
    await using folder = await temporaryFolder()
    const kindOf = async (path: string): Promise<string> => {
      const opened = await ZipArchive.open(path)
      return opened.ok ? 'none' : opened.error.kind
    }
    expect(await kindOf(join(folder.path, 'missing.zip'))).toBe('file_missing')
    expect(await kindOf(folder.path)).toBe('is_folder')
    expect(await kindOf('/dev/null')).toBe('not_a_zip')
    await writeFile(join(folder.path, 'file'), 'x')
    expect(await kindOf(join(folder.path, 'file', 'export.zip'))).toBe('file_missing')
  })

  test('a file that this user may not read', async () => {
    await using folder = await temporaryFolder()
    const path = join(folder.path, 'locked', 'export.zip')
    await mkdir(join(folder.path, 'locked'))
    await writeFile(path, writeZip([good]))
    await chmod(path, 0)
    const opened = await ZipArchive.open(path)
    // The superuser may read everything.
    expect(opened.ok ? 'none' : opened.error.kind).toBe(process.getuid?.() === 0 ? 'none' : 'no_permission')
    if (opened.ok) await opened.value[Symbol.asyncDispose]()
  })
})

test('damage within an entry is told from a bomb', async () => {
  const zip = writeZip([good, { name: 'b', content: noise(3000) }, { name: 'c', content: 'x', claimedCrc32: 5 }])
  // In the middle of the data of `b`, which begins after two headers of 30 bytes, two names and the few bytes of `a`.
  zip.fill(0xff, 300, 600)
  await withZip(zip, async (path) => {
    const opened = await ZipArchive.open(path)
    if (!opened.ok) throw new Error(opened.error.message)
    await using archive = opened.value
    expect((await archive.read('a.json')).ok).toBe(true)
    expect(await archive.read('b')).toMatchObject({ ok: false, error: { kind: 'damaged' } })
    expect(await archive.read('c')).toMatchObject({ ok: false, error: { kind: 'damaged' } })
  })
})
