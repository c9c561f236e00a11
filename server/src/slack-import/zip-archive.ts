/**
 * A zip file that a stranger made. Before its first byte is used, all of it is looked at:
 *
 * - names: no entry may point outside of the folder that the archive stands for, by `..`, a root, a drive, a backslash or a link.
 *   Nothing is ever unpacked to disk here, but a file with such a name is no export, and what reads it next may unpack it.
 * - sizes: an entry, the sum, the number of entries and the ratio of the sum to the file are bounded by what the central
 *   directory claims. The ratio of the whole also meets the bomb whose entries overlap, so that each of them looks harmless.
 * - claims: `read` inflates into a bounded buffer and gives up at the first byte over the claim, so a lying header gains nothing.
 *
 * Inflating is done by Node's zlib, one entry at a time in its thread pool; yauzl reads the directory, zip64 included.
 */
import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { promisify } from 'node:util'
import { crc32, inflateRaw } from 'node:zlib'
import { err, ok, type Result } from '@glasshouse/kernel'
import { fromFdPromise, type Entry, type ZipFile } from 'yauzl'
import { printable, type ImportRefusal } from './import-refusal.ts'

const MIB = 1024 * 1024

export const ZIP_LIMITS = {
  /** One file of the export, unpacked: it is held in memory as a whole. */
  entryBytesMax: 256 * MIB,
  totalBytesMax: 64 * 1024 * MIB,
  entriesMax: 500_000,
  /** Text of a chat shrinks to a fifth; deflate itself ends at about 1,030. */
  ratioMax: 250,
  /** Below this size the ratio does not matter: a day on which a program said the same thing all day. */
  ratioFreeBytes: 16 * MIB,
  nameBytesMax: 1024,
} as const

export type ZipLimits = { readonly [name in keyof typeof ZIP_LIMITS]: number }

/** Why one entry could not be read, while the archive as a whole can. */
export interface EntryDamage {
  readonly kind: 'damaged' | 'bomb'
  readonly message: string
}

export interface ZipEntry {
  /** With `/` between folders. */
  readonly name: string
  /** Unpacked, as the archive claims. */
  readonly bytes: number
}

const inflate = promisify(inflateRaw)
const STORED = 0
const DEFLATED = 8
const UNIX_FILE_TYPE = 0o170000
const UNIX_LINK = 0o120000

export class ZipArchive implements AsyncDisposable {
  /** In the order of the archive. Folders are not listed. */
  readonly entries: readonly ZipEntry[]
  readonly #file: FileHandle
  readonly #zip: ZipFile
  readonly #byName: ReadonlyMap<string, Entry>
  readonly #limits: ZipLimits

  private constructor(
    file: FileHandle,
    zip: ZipFile,
    content: { byName: ReadonlyMap<string, Entry>; limits: ZipLimits },
  ) {
    this.#file = file
    this.#zip = zip
    this.#byName = content.byName
    this.#limits = content.limits
    this.entries = [...content.byName].map(([name, entry]) => ({ name, bytes: entry.uncompressedSize }))
  }

  /** Opens the file and checks names and claimed sizes of all entries. `limits` are smaller in tests only. */
  static async open(path: string, limits: ZipLimits = ZIP_LIMITS): Promise<Result<ZipArchive, ImportRefusal>> {
    let file: FileHandle
    try {
      // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
      file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    } catch (error) {
      return err(openRefusal(path, error))
    }
    const archive = await openArchive(file, path, limits)
    if (!archive.ok) {
      await file.close()
      return archive
    }
    return ok(new ZipArchive(file, archive.value.zip, { byName: archive.value.byName, limits }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close()
  }

  /** The content of an entry of `entries`, whose size and checksum are those that the archive claims. */
  async read(name: string): Promise<Result<Buffer, EntryDamage>> {
    const entry = this.#byName.get(name)
    if (entry === undefined) return err({ kind: 'damaged', message: 'is not in the archive' })
    let packed: Buffer
    try {
      const { fileDataStart } = await this.#zip.readLocalFileHeaderPromise(entry, { minimal: true })
      packed = await this.#readRange(fileDataStart, entry.compressedSize)
    } catch (error) {
      return err({ kind: 'damaged', message: `cannot be read: ${messageOf(error)}` })
    }
    const content = await unpack(entry, packed, this.#limits)
    if (!content.ok) return content
    if (content.value.length !== entry.uncompressedSize) return err(damaged('has another size than the archive says'))
    if (crc32(content.value) !== entry.crc32) return err(damaged('has another checksum than the archive says'))
    return content
  }

  async #readRange(start: number, bytes: number): Promise<Buffer> {
    const buffer = Buffer.allocUnsafe(bytes)
    let done = 0
    while (done < bytes) {
      const { bytesRead } = await this.#file.read(buffer, done, bytes - done, start + done)
      if (bytesRead === 0) throw new Error('the file ends too early')
      done += bytesRead
    }
    return buffer
  }
}

const damaged = (message: string): EntryDamage => ({ kind: 'damaged', message })
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

async function unpack(entry: Entry, packed: Buffer, limits: ZipLimits): Promise<Result<Buffer, EntryDamage>> {
  if (entry.compressionMethod === STORED) return ok(packed)
  try {
    const bytesMax = Math.min(entry.uncompressedSize, limits.entryBytesMax)
    // Zero would be taken for "no bound".
    return ok(await inflate(packed, { maxOutputLength: Math.max(bytesMax, 1) }))
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE')
      return err({ kind: 'bomb', message: 'unpacks to more than it claims' })
    return err(damaged('cannot be unpacked'))
  }
}

async function openArchive(
  file: FileHandle,
  path: string,
  limits: ZipLimits,
): Promise<Result<{ zip: ZipFile; byName: Map<string, Entry> }, ImportRefusal>> {
  const status = await file.stat()
  if (status.isDirectory()) return err(folderRefusal(path))
  if (!status.isFile()) return err({ kind: 'not_a_zip', message: `${printable(path)} is not a regular file` })
  let zip: ZipFile
  try {
    zip = await fromFdPromise(file.fd, { autoClose: false, decodeStrings: false, validateEntrySizes: false })
  } catch {
    return err(await notAZip(file, path))
  }
  if (zip.entryCount > limits.entriesMax) {
    return err(tooLarge(path, `it has ${zip.entryCount} files, more than ${limits.entriesMax}`))
  }
  const byName = new Map<string, Entry>()
  let totalBytes = 0
  try {
    for await (const entry of zip.eachEntry()) {
      const name = nameOf(entry)
      const refusal = refuseEntry(path, { name, entry }, limits)
      if (refusal !== undefined) return err(refusal)
      if (name.endsWith('/')) continue
      if (byName.has(name)) {
        return err({ kind: 'damaged_zip', message: `${printable(path)} is damaged: it holds ${printable(name)} twice` })
      }
      totalBytes += entry.uncompressedSize
      byName.set(name, entry)
    }
  } catch (error) {
    return err({
      kind: 'damaged_zip',
      message: `${printable(path)} is damaged (${messageOf(error)}): download the export again`,
    })
  }
  if (totalBytes > limits.totalBytesMax) {
    return err(tooLarge(path, `it unpacks to ${totalBytes} bytes, more than ${limits.totalBytesMax}`))
  }
  if (totalBytes > limits.ratioFreeBytes && totalBytes > status.size * limits.ratioMax) {
    return err(
      tooLarge(path, `it unpacks to ${totalBytes} bytes, more than ${limits.ratioMax} times its size: a zip bomb`),
    )
  }
  return ok({ zip, byName })
}

/** Slack writes UTF-8, with or without saying so; other tools write what they like, which is then taken byte by byte. */
function nameOf(entry: Entry): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(entry.fileNameRaw)
  } catch {
    return entry.fileNameRaw.toString('latin1')
  }
}

function refuseEntry(
  path: string,
  named: { name: string; entry: Entry },
  limits: ZipLimits,
): ImportRefusal | undefined {
  const { name, entry } = named
  const where = `${printable(path)}: its entry ${printable(name)}`
  if (entry.fileNameRaw.length > limits.nameBytesMax)
    return { kind: 'unsafe_name', message: `${where} has too long a name` }
  if (isUnsafe(name)) {
    return { kind: 'unsafe_name', message: `${where} points outside of the archive: this is no export to trust` }
  }
  if (((entry.externalFileAttributes >>> 16) & UNIX_FILE_TYPE) === UNIX_LINK) {
    return { kind: 'unsafe_name', message: `${where} is a link: this is no export to trust` }
  }
  if (entry.isEncrypted()) {
    return {
      kind: 'encrypted',
      message: `${where} is encrypted: unpack it with its password and zip it again without one`,
    }
  }
  if (entry.compressionMethod !== STORED && entry.compressionMethod !== DEFLATED) {
    return {
      kind: 'damaged_zip',
      message: `${where} is packed by method ${entry.compressionMethod}: zip it again with "deflate"`,
    }
  }
  if (entry.uncompressedSize > limits.entryBytesMax || entry.compressedSize > limits.entryBytesMax) {
    return tooLarge(
      path,
      `its entry ${printable(name)} has ${entry.uncompressedSize} bytes, more than ${limits.entryBytesMax}`,
    )
  }
  if (
    entry.uncompressedSize > limits.ratioFreeBytes &&
    entry.uncompressedSize > Math.max(entry.compressedSize, 1) * limits.ratioMax
  ) {
    return tooLarge(
      path,
      `its entry ${printable(name)} unpacks to more than ${limits.ratioMax} times its size: a zip bomb`,
    )
  }
  return undefined
}

function isUnsafe(name: string): boolean {
  if (name === '' || name.startsWith('/') || /^[A-Za-z]:/.test(name) || /[\\\0]/.test(name)) return true
  const segments = name.split('/')
  // A folder's name ends with a slash.
  if (segments.at(-1) === '') segments.pop()
  return segments.some((segment) => segment === '' || segment === '.' || segment === '..')
}

const tooLarge = (path: string, why: string): ImportRefusal => ({
  kind: 'too_large',
  message: `${printable(path)} is not imported: ${why}`,
})

const folderRefusal = (path: string): ImportRefusal => ({
  kind: 'is_folder',
  message: `${printable(path)} is a folder: give the zip file that Slack made`,
})

function openRefusal(path: string, error: unknown): ImportRefusal {
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { kind: 'file_missing', message: `${printable(path)} does not exist` }
    case 'EISDIR':
      return folderRefusal(path)
    case 'EACCES':
    case 'EPERM':
      return {
        kind: 'no_permission',
        message: `${printable(path)} may not be read by this user: change its permissions`,
      }
    default:
      return { kind: 'unreadable', message: `${printable(path)} cannot be opened: ${messageOf(error)}` }
  }
}

/** An archive that was cut off has a zip's beginning and no zip's end. */
async function notAZip(file: FileHandle, path: string): Promise<ImportRefusal> {
  const start = Buffer.alloc(4)
  const { bytesRead } = await file.read(start, 0, 4, 0)
  if (bytesRead === 4 && start.readUInt32LE(0) === 0x04034b50) {
    return { kind: 'damaged_zip', message: `${printable(path)} is damaged or was cut off: download the export again` }
  }
  return { kind: 'not_a_zip', message: `${printable(path)} is not a zip file: give the zip file that Slack made` }
}
