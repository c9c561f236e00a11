import { tick } from 'svelte'
import type { SubmitFunction } from '$app/forms'

/**
 * A form that is sent by script where there is one: what was typed stays (but for passwords, as without script), and a second press while
 * the first is under way does nothing.
 */
export class BusyForm {
  busy = $state(false)

  readonly submit: SubmitFunction = ({ cancel, formElement }) => {
    if (this.busy) return cancel()
    this.busy = true
    return async ({ update, result }) => {
      await update({ reset: false })
      this.busy = false
      if (result.type !== 'failure' && result.type !== 'success') return
      for (const field of formElement.querySelectorAll<HTMLInputElement>('input[type="password"]')) field.value = ''
      if (result.type === 'success') return
      await tick()
      formElement.querySelector<HTMLInputElement>('[aria-invalid]')?.focus()
    }
  }
}
