/** A section of the report: its lines of Markdown, and its charts by file name. */
export interface Section {
  readonly lines: readonly string[]
  readonly charts: Readonly<Record<string, string>>
}
