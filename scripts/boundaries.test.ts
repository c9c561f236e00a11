/**
 * Planted violations: each rule of .dependency-cruiser.cjs, and each lint rule that guards a layer, is shown a small tree which
 * breaks it, and must be the only one to complain. A rule that never fires is a comment; here it fails the build.
 *
 * A tree is written to a temporary folder with the real packages' names, `exports` and workspace links, since the rules look at
 * paths after resolution. The same tree without its planted files must pass.
 */
import { execFile } from 'node:child_process'
import { cp, mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { cruise, type ICruiseResult } from 'dependency-cruiser'
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plantedImports, plantedLint, soundTree, type Tree } from './planted-violations.ts'

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)
let folder: string

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'glasshouse-boundaries-')))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

describe('dependency rules', async () => {
  const options = await extractDepcruiseOptions(join(root, '.dependency-cruiser.cjs'))
  const ruleNames = (options.ruleSet?.forbidden ?? []).map((rule) => rule.name ?? '(a rule without a name)')

  /** The names of the rules that a tree breaks, sorted, each once. */
  async function brokenRules(name: string, planted: Tree): Promise<string[]> {
    const tree = join(folder, name)
    await writeTree(tree, { ...soundTree, ...planted })
    const { output } = await cruise(
      ['kernel', 'contracts', 'client', 'services', 'platform', 'server', 'web', 'bench', 'e2e'],
      { ...options, baseDir: tree },
    )
    if (typeof output === 'string') throw new Error(`expected a result, not a report: ${output}`)
    return rulesOf(output)
  }

  test('a sound tree breaks none', async () => {
    expect(await brokenRules('sound', {})).toEqual([])
  })

  test('each rule has a planted violation, and each planted violation a rule', () => {
    expect(Object.keys(plantedImports).toSorted()).toEqual(ruleNames.toSorted())
  })

  describe.each(Object.entries(plantedImports))('%s', (rule, trees) => {
    test.each(trees.map((tree, index) => ({ tree, index, title: describeTree(tree) })))(
      'fires alone on $title',
      async ({ tree, index }) => {
        expect(await brokenRules(`${rule}-${index}`, tree)).toEqual([rule])
      },
    )
  })
})

describe('lint rules that guard a layer', () => {
  test.each(plantedLint)('$rule: $title', async ({ rule, tree, allowed }) => {
    const place = await mkdtemp(join(folder, 'lint-'))
    await cp(join(root, '.oxlintrc.json'), join(place, '.oxlintrc.json'))
    await symlink(join(root, 'node_modules'), join(place, 'node_modules'))
    await cp(join(root, 'tsconfig.json'), join(place, 'tsconfig.json'))
    await writeTree(place, tree)
    expect(await brokenLintRules(place)).toEqual(allowed === true ? [] : [rule])
  })
})

function describeTree(tree: Tree): string {
  return Object.entries(tree)
    .map(([path, text]) => `${path}: ${text.split('\n', 1)[0]}`)
    .join(' + ')
}

function rulesOf(result: ICruiseResult): string[] {
  return [...new Set(result.summary.violations.map((violation) => violation.rule.name))].toSorted()
}

async function writeTree(place: string, tree: Tree): Promise<void> {
  for (const [path, text] of Object.entries(tree)) {
    const file = join(place, path)
    await mkdir(dirname(file), { recursive: true })
    if (text.startsWith('link:')) await symlink(join(place, text.slice('link:'.length)), file)
    else await writeFile(file, text)
  }
}

async function brokenLintRules(place: string): Promise<string[]> {
  const oxlint = join(root, 'node_modules/.bin/oxlint')
  const { stdout } = await run(oxlint, ['--format=json', '.'], { cwd: place }).catch(
    (failure: { stdout: string }) => failure,
  )
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string }[] }
  return [...new Set(diagnostics.map((diagnostic) => diagnostic.code))]
}
