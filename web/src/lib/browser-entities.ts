/**
 * Stands for the package `entities` in what browsers load, where markdown-it uses it for one thing: to decode a single reference such
 * as `&auml;`. A browser has the table of HTML's names itself, and the package's weighs as much as half of the chat's own script.
 */
const field = document.createElement('textarea')

/** The text of one reference that ends with a semicolon; a name that HTML does not know stays as it is. */
export function decodeHTMLStrict(reference: string): string {
  // What is put into a text field is only ever text: nothing in it runs.
  field.innerHTML = reference
  return field.value
}
