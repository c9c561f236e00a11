/**
 * What must not be left behind in a committed file: unfinished work, tests that are switched off, fixed waits, paths of one
 * person's machine, a registry's address in a lockfile, a silenced rule without its reason.
 */

export interface SourceFile {
  /** Relative to the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
}

export interface Leftover {
  readonly path: string
  /** Counted from 1. */
  readonly line: number
  readonly problem: string
}

interface Pattern {
  readonly pattern: RegExp
  readonly problem: string
  readonly where: RegExp
}

const everywhere = /./
const code = /\.(ts|js|cjs|mjs|svelte)$/
const tests = /(\.(test|contract)\.ts$|^e2e\/src\/)/
/** These two name what is forbidden, and so would report themselves. */
const self = /^scripts\/leftovers(\.test)?\.ts$/

const patterns: readonly Pattern[] = [
  { pattern: /\b(TODO|FIXME|XXX)\b/, problem: 'unfinished work: finish it, or write an issue', where: everywhere },
  {
    pattern: /(?<![\w.)}\]@*-])\/(work|root|home\/[a-z][\w-]*|Users\/\w+)\//,
    problem: "a path of one person's machine",
    where: everywhere,
  },
  { pattern: /^(<{7}|>{7}) /, problem: 'a merge conflict', where: everywhere },
  {
    pattern:
      /\b(describe|it|test|suite)\.(only|skip|todo|skipIf|runIf|fails)\b|\b(ctx|context|t)\.skip\(|\b(xit|xtest|xdescribe|fit|fdescribe)\(/,
    problem: 'a test that is switched off, or switches the others off',
    where: tests,
  },
  { pattern: /\bwaitForTimeout\(/, problem: 'a fixed wait: wait for the condition', where: tests },
  {
    pattern: /(oxlint|eslint)-disable(?!.* -- \S)/,
    problem: 'a silenced rule without its reason: write ` -- why` after the name of the rule',
    where: code,
  },
  { pattern: /@ts-(ignore|nocheck)/, problem: 'the type checker is switched off', where: code },
  {
    pattern: /\bnew Date\(\s*\)|(?<!new )\bDate\(\s*\)/,
    problem: 'the domain has no clock: take the time as an argument',
    where: /^services\/[^/]+\/src\/domain\/(?!.*\.test\.ts$).*\.ts$/,
  },
]

/** Every leftover of the given files, in their order. */
export function findLeftovers(files: readonly SourceFile[]): Leftover[] {
  return files.filter((file) => !self.test(file.path)).flatMap(leftoversOf)
}

function leftoversOf(file: SourceFile): Leftover[] {
  if (/(^|\/)package-lock\.json$/.test(file.path)) return [...registryAddresses(file), ...missingPlatforms(file)]
  const relevant = patterns.filter(({ where }) => where.test(file.path))
  return file.text.split('\n').flatMap((text, index) =>
    relevant
      .filter(({ pattern }) => pattern.test(text))
      .map(({ problem }) => ({
        path: file.path,
        line: index + 1,
        problem: `${problem}: ${text.trim().slice(0, 120)}`,
      })),
  )
}

/** A lockfile with addresses installs from one registry only, and tells everybody which one. Links of workspaces have none. */
function registryAddresses(file: SourceFile): Leftover[] {
  return file.text.split('\n').flatMap((text, index) =>
    /"resolved":\s*"(https?|git)[^"]*:/.test(text)
      ? [
          {
            path: file.path,
            line: index + 1,
            problem:
              "a registry's address: `omit-lockfile-registry-resolved=true` in .npmrc leaves it out, run `npm install` again",
          },
        ]
      : [],
  )
}

/**
 * npm writes an incomplete lockfile when it has looked only at what is installed on this machine: packages for other platforms are
 * left out, `npm ci` there installs a broken tree, or refuses.
 */
function missingPlatforms(file: SourceFile): Leftover[] {
  const { packages = {} } = JSON.parse(file.text) as {
    packages?: Record<string, { optionalDependencies?: Record<string, string> }>
  }
  const known = new Set(Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/'))))
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !known.has(`node_modules/${name}`))
      .map((name) => ({
        path: file.path,
        line: 1,
        problem: `${path} needs ${name} on some platform, and it is missing: delete the entry of ${path} and run \`npm install --package-lock-only\``,
      })),
  )
}
