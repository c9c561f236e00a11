import type { Attachment } from 'svelte/attachments'

const PRESS_MS = 450
/** A finger that moves further scrolls. */
const MOVE_PX = 10

/** An attachment: a finger that rests on the element does what `run` does, and the browser's own menu stays away. */
export function longPress(run: () => void): Attachment<HTMLElement> {
  return (element) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let start = { x: 0, y: 0 }
    let touched = false
    const cancel = (): void => clearTimeout(timer)
    const down = (event: PointerEvent): void => {
      cancel()
      touched = event.pointerType === 'touch'
      // What can be pressed itself keeps its own long press: a link may be opened elsewhere.
      if (!touched || (event.target instanceof Element && event.target.closest('a, button, textarea, input'))) return
      start = { x: event.clientX, y: event.clientY }
      timer = setTimeout(() => {
        getSelection()?.removeAllRanges()
        run()
      }, PRESS_MS)
    }
    const move = (event: PointerEvent): void => {
      if (Math.hypot(event.clientX - start.x, event.clientY - start.y) > MOVE_PX) cancel()
    }
    const menu = (event: Event): void => {
      if (touched && !(event.target instanceof Element && event.target.closest('a'))) event.preventDefault()
    }
    element.addEventListener('pointerdown', down)
    element.addEventListener('pointermove', move)
    for (const name of ['pointerup', 'pointercancel', 'pointerleave'] as const) element.addEventListener(name, cancel)
    element.addEventListener('contextmenu', menu)
    return () => {
      cancel()
      element.removeEventListener('pointerdown', down)
      element.removeEventListener('pointermove', move)
      for (const name of ['pointerup', 'pointercancel', 'pointerleave'] as const)
        element.removeEventListener(name, cancel)
      element.removeEventListener('contextmenu', menu)
    }
  }
}
