/**
 * Writes what is generated from the contracts: generated/openapi.json, generated/asyncapi.json and src/route-table.ts. With `--check` it
 * writes nothing, and ends with 1 and one line when a file is not what the contracts say.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { format } from 'prettier'
import { asyncApiDocument } from './asyncapi.ts'
import { openApiDocument } from './openapi.ts'
import { ROUTES } from './routes.ts'

const STYLE = { printWidth: 120, singleQuote: true, semi: false } as const

interface GeneratedFile {
  readonly url: URL
  readonly text: string
}

async function generatedFiles(): Promise<GeneratedFile[]> {
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(manifest) as { readonly version: string }
  const json = (document: unknown): Promise<string> => format(JSON.stringify(document), { ...STYLE, parser: 'json' })
  return [
    { url: new URL('../generated/openapi.json', import.meta.url), text: await json(openApiDocument(version)) },
    { url: new URL('../generated/asyncapi.json', import.meta.url), text: await json(asyncApiDocument(version)) },
    {
      url: new URL('route-table.ts', import.meta.url),
      text: await format(routeTable(), { ...STYLE, parser: 'typescript' }),
    },
  ]
}

function routeTable(): string {
  const rows = Object.entries(ROUTES).map(
    ([name, { method, path }]) => `${name}: { method: ${JSON.stringify(method)}, path: ${JSON.stringify(path)} },`,
  )
  const why = 'Generated from routes.ts by generate.ts: each method and path, for those who cannot afford the schemas.'
  return `/** ${why} */\nexport const ROUTE_TABLE = {\n${rows.join('\n')}\n} as const\n`
}

async function differs({ url, text }: GeneratedFile): Promise<boolean> {
  try {
    return (await readFile(url, 'utf8')) !== text
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return true
    throw error
  }
}

async function main(): Promise<void> {
  const stale: GeneratedFile[] = []
  for (const file of await generatedFiles()) if (await differs(file)) stale.push(file)
  if (process.argv.includes('--check')) {
    if (stale.length === 0) return
    const root = fileURLToPath(new URL('../..', import.meta.url))
    const names = stale.map(({ url }) => relative(root, fileURLToPath(url)))
    console.error(`Not in sync with the contracts: ${names.join(', ')}. Run: node contracts/src/generate.ts`)
    process.exitCode = 1
    return
  }
  for (const { url, text } of stale) {
    await mkdir(dirname(fileURLToPath(url)), { recursive: true })
    await writeFile(url, text)
  }
}

await main()
