/** Files that an image seldom needs, by their names. */
import type { Service } from '../../catalog/model';
import type { Reason } from '../../contract/plan';

/** Patterns of an ignore file: https://docs.docker.com/build/concepts/context/#dockerignore-files */
const PATTERNS: readonly (readonly [pattern: string, path: RegExp])[] = [
  ['**/.github', /(^|\/)\.github\//],
  ['**/.gitlab', /(^|\/)\.gitlab\//],
  ['**/.vscode', /(^|\/)\.vscode\//],
  ['**/.idea', /(^|\/)\.idea\//],
  ['**/.editorconfig', /(^|\/)\.editorconfig$/],
  ['**/.gitignore', /(^|\/)\.gitignore$/],
  ['**/.gitattributes', /(^|\/)\.gitattributes$/],
  ['**/.gitlab-ci.yml', /(^|\/)\.gitlab-ci\.yml$/],
  ['**/Jenkinsfile', /(^|\/)Jenkinsfile$/],
  ['**/CODEOWNERS', /(^|\/)CODEOWNERS$/],
  ['**/compose*.y*ml', /(^|\/)compose[^/]*\.ya?ml$/],
  ['**/docker-compose*.y*ml', /(^|\/)docker-compose[^/]*\.ya?ml$/],
  ['**/*.md', /\.md$/],
  ['**/*.rst', /\.rst$/],
  ['**/docs', /(^|\/)docs\//],
];

/** Left out if the build itself tests. */
const TESTS: readonly (readonly [pattern: string, path: RegExp])[] = [
  ['**/__tests__', /(^|\/)__tests__\//],
  ['**/tests', /(^|\/)tests\//],
  ['**/*_test.go', /_test\.go$/],
  ['**/*.test.*', /\.test\.\w+$/],
  ['**/*.spec.*', /\.spec\.\w+$/],
  ['**/test_*.py', /(^|\/)test_[^/]*\.py$/],
];

/**
 * Returns the patterns of the changed files, sorted, if all of them are such files and nothing else changed; otherwise none. `dockerfile` is
 * its text.
 */
export function seldomNeeded(
  { test, context }: Pick<Service, 'test' | 'context'>,
  reasons: readonly Reason[],
  dockerfile: string,
): readonly string[] {
  const runsTests = test !== undefined || /^\s*RUN\b.*test/im.test(dockerfile);
  const known = runsTests ? PATTERNS : [...PATTERNS, ...TESTS];
  const patterns = reasons.map(({ kind, path = '' }) =>
    kind === 'input-changed' ? known.find(([, like]) => like.test(within(path, context)))?.[0] : undefined,
  );
  const found = patterns.filter((pattern) => pattern !== undefined);
  return found.length === patterns.length ? [...new Set(found)].sort() : [];
}

function within(path: string, context: string): string {
  return context !== '' && path.startsWith(`${context}/`) ? path.slice(context.length + 1) : path;
}
