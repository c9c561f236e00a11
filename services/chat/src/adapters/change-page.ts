/**
 * How much of a stream is read at once. A page is bounded by its bytes too: five hundred messages of the greatest length are 16 MB, and
 * to parse and encode those in one turn of the event loop would hold up everybody else.
 */

/** Of text, in UTF-8. A page goes over it by its last change at most, and always has one. */
const PAGE_TEXT_BYTES_MAX = 65_536

/** Of `changed`, ordered by `at`, what one page holds; `found` says how many there were. */
export const PAGED = `sized as (
    select *, count(*) over () as found,
      coalesce(sum(bytes) over (order by at rows between unbounded preceding and 1 preceding), 0) as bytes_before
    from changed
  ),
  paged as (select * from sized where bytes_before < ${PAGE_TEXT_BYTES_MAX})`

interface PlacedRow {
  /** Null in the one row of an empty page. */
  readonly kind: string | null
  readonly at: number
  readonly found: number
}

/** Up to where such a page is complete: to the head when it holds all that was found, and no more was to be found. */
export function throughOf(rows: readonly PlacedRow[], { head, limit }: { head: number; limit: number }): number {
  const last = rows.at(-1)
  if (last === undefined || last.kind === null) return head
  return last.found < limit && rows.length === last.found ? head : last.at
}
