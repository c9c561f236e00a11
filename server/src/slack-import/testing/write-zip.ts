/**
 * Writes zip files for tests: good ones, and those that no ordinary tool would write (names that escape, headers that lie, zip64
 * where it is not needed, links, encryption). Layout after PKWARE's APPNOTE, 4.3.7 to 4.3.16.
 */
import { crc32, deflateRawSync } from 'node:zlib'

export interface ZipPart {
  readonly name: string
  readonly content: string | Buffer
  /** Defaults to deflate. */
  readonly stored?: boolean
  /** What the headers claim instead of the truth. */
  readonly claimedBytes?: number
  readonly claimedCrc32?: number
  readonly encrypted?: boolean
  readonly method?: number
  /** As `stat` gives it: file type and permissions. */
  readonly unixMode?: number
  /** The data of an earlier part, by its index: entries overlap. */
  readonly sameDataAs?: number
}

interface Written {
  readonly part: ZipPart
  readonly name: Buffer
  readonly packedBytes: number
  readonly bytes: number
  readonly checksum: number
  readonly offset: number
}

const UTF8_NAME = 0x800
const ZIP64_32 = 0xffffffff

const u16 = (value: number): Buffer => {
  const buffer = Buffer.alloc(2)
  buffer.writeUInt16LE(value)
  return buffer
}
const u32 = (value: number): Buffer => {
  const buffer = Buffer.alloc(4)
  buffer.writeUInt32LE(value >>> 0)
  return buffer
}
const u64 = (value: number): Buffer => {
  const buffer = Buffer.alloc(8)
  buffer.writeBigUInt64LE(BigInt(value))
  return buffer
}

const flagsOf = (part: ZipPart): number => UTF8_NAME | (part.encrypted === true ? 1 : 0)
const methodOf = (part: ZipPart): number => part.method ?? (part.stored === true ? 0 : 8)

/** The bytes of a zip with these parts, in this order. */
export function writeZip(parts: readonly ZipPart[], options: { readonly zip64?: boolean } = {}): Buffer {
  const chunks: Buffer[] = []
  const written: Written[] = []
  let offset = 0
  for (const part of parts) {
    const twin = part.sameDataAs === undefined ? undefined : written[part.sameDataAs]
    if (twin !== undefined) {
      written.push({ ...twin, part, name: Buffer.from(part.name) })
      continue
    }
    const content = Buffer.from(part.content)
    const packed = part.stored === true ? content : deflateRawSync(content)
    const entry = {
      part,
      name: Buffer.from(part.name),
      packedBytes: packed.length,
      bytes: part.claimedBytes ?? content.length,
      checksum: part.claimedCrc32 ?? crc32(content),
      offset,
    }
    written.push(entry)
    const local = Buffer.concat([
      u32(0x04034b50),
      u16(20),
      u16(flagsOf(part)),
      u16(methodOf(part)),
      u16(0),
      u16(0x21),
      u32(entry.checksum),
      u32(entry.packedBytes),
      u32(entry.bytes),
      u16(entry.name.length),
      u16(0),
      entry.name,
    ])
    chunks.push(local, packed)
    offset += local.length + packed.length
  }
  const directory = Buffer.concat(written.map((entry) => directoryRecord(entry, options.zip64 === true)))
  return Buffer.concat([
    ...chunks,
    directory,
    endRecords({ count: written.length, directory, offset }, options.zip64 === true),
  ])
}

function directoryRecord(entry: Written, zip64: boolean): Buffer {
  const extra = zip64
    ? Buffer.concat([u16(1), u16(24), u64(entry.bytes), u64(entry.packedBytes), u64(entry.offset)])
    : Buffer.alloc(0)
  return Buffer.concat([
    u32(0x02014b50),
    // Made on Unix, so that the mode in the attributes means something.
    u16((3 << 8) | 45),
    u16(zip64 ? 45 : 20),
    u16(flagsOf(entry.part)),
    u16(methodOf(entry.part)),
    u16(0),
    u16(0x21),
    u32(entry.checksum),
    u32(zip64 ? ZIP64_32 : entry.packedBytes),
    u32(zip64 ? ZIP64_32 : entry.bytes),
    u16(entry.name.length),
    u16(extra.length),
    u16(0),
    u16(0),
    u16(0),
    u32((entry.part.unixMode ?? 0o100644) * 0x10000),
    u32(zip64 ? ZIP64_32 : entry.offset),
    entry.name,
    extra,
  ])
}

function endRecords(end: { count: number; directory: Buffer; offset: number }, zip64: boolean): Buffer {
  const { count, directory, offset } = end
  const classic = Buffer.concat([
    u32(0x06054b50),
    u16(0),
    u16(0),
    u16(zip64 ? 0xffff : count),
    u16(zip64 ? 0xffff : count),
    u32(zip64 ? ZIP64_32 : directory.length),
    u32(zip64 ? ZIP64_32 : offset),
    u16(0),
  ])
  if (!zip64) return classic
  const record = Buffer.concat([
    u32(0x06064b50),
    u64(44),
    u16(45),
    u16(45),
    u32(0),
    u32(0),
    u64(count),
    u64(count),
    u64(directory.length),
    u64(offset),
  ])
  const locator = Buffer.concat([u32(0x07064b50), u32(0), u64(offset + directory.length), u32(1)])
  return Buffer.concat([record, locator, classic])
}
