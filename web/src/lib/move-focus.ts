/**
 * The keys of a list: with the arrows the focus goes from one of its items to the next. From the list itself it begins with the last
 * one in sight. What is typed into, and what is pressed within an item, keeps its keys.
 */
export function moveFocus(event: KeyboardEvent, items = 'article'): void {
  const list = event.currentTarget
  const { target, key } = event
  if (!(list instanceof HTMLElement) || !(target instanceof HTMLElement)) return
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return
  if (key !== 'ArrowUp' && key !== 'ArrowDown') return
  const current = target.closest<HTMLElement>(items)
  if (target !== list && target !== current) return
  const all = [...list.querySelectorAll<HTMLElement>(items)]
  const next = current === null ? lastInSight(all, list) : all[all.indexOf(current) + (key === 'ArrowUp' ? -1 : 1)]
  if (!next) return
  event.preventDefault()
  next.focus({ preventScroll: true })
  next.scrollIntoView({ block: 'nearest' })
}

function lastInSight(all: readonly HTMLElement[], list: HTMLElement): HTMLElement | undefined {
  const foot = list.getBoundingClientRect().bottom
  return all.findLast((each) => each.getBoundingClientRect().top < foot - 8) ?? all.at(-1)
}
