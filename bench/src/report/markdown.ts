/** Figures as the report writes them. */
import { median } from '../statistics.ts'

export const thousands = (value: number): string => Math.round(value).toLocaleString('en-US').replaceAll(',', ' ')
export const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`
export const times = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)}x`
export const percent = (share: number): string => `${(share * 100).toFixed(0)} %`
export const verdict = (met: boolean): string => (met ? 'met' : '**missed**')
export const medianMs = (values: readonly number[]): string => ms(median(values))

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line), '']
}

export function image(alt: string, file: string): string[] {
  return [`![${alt}](images/${file})`, '']
}
