/**
 * Who counts as one address. One IPv6 customer holds a whole /64 at least, so its single addresses say nothing; an IPv4 address that
 * came in through an IPv6 socket is the IPv4 address.
 */
const MAPPED_IPV4 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/
const GROUPS = 8
const NETWORK_GROUPS = 4

export function addressKey(address: string): string {
  const plain = (address.split('%')[0] ?? '').toLowerCase()
  const mapped = MAPPED_IPV4.exec(plain)?.[1]
  if (mapped !== undefined) return mapped
  if (!plain.includes(':')) return plain
  const [head = '', tail] = plain.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : Math.max(0, GROUPS - before.length - after.length)
  const groups = [...before, ...Array.from({ length: zeros }, () => '0'), ...after]
  const network = groups.slice(0, NETWORK_GROUPS).map((group) => group.replace(/^0+(?=.)/, ''))
  return `${network.join(':')}::/64`
}
