/** The files that a person opens to follow a flow, as docs/decisions/009-the-house.md lists them. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '..');
const RECORD = readFileSync(join(ROOT, 'docs/decisions/009-the-house.md'), 'utf8');

interface ReadingPath {
  readonly flow: string;
  readonly announced: number;
  readonly files: readonly string[];
}

const PATHS: readonly ReadingPath[] = [
  ...RECORD.matchAll(/^### (.+): (\d+) files\n([\s\S]*?)(?=^##|(?![\s\S]))/gm),
].map(([, flow = '', announced = '', text = '']) => ({
  flow,
  announced: Number(announced),
  files: [...text.matchAll(/^\| (\S+\.ts) \|/gm)].map(([, file = '']) => file),
}));

function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].map(
    ([, from = '']) => `${relative(ROOT, resolve(ROOT, dirname(file), from))}.ts`,
  );
}

/** Returns the files that are imported directly or through others. */
function reachable(start: string): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file) || !existsSync(join(ROOT, file))) return;
    seen.add(file);
    importsOf(file).forEach(visit);
  };
  visit(start);
  return seen;
}

/** A step is called by the state machine or by a request, the job tool by the buildspec. */
function isEntry(file: string): boolean {
  if (['lib/state-machine/definition.ts', 'buildspecs/job/job-tool.ts'].includes(file)) return true;
  const [, folder, name] = /^lambdas\/([\w-]+)\/([\w-]+)\.ts$/.exec(file) ?? [];
  if (folder === undefined) return false;
  const handler = `lambdas/${folder}/handler.ts`;
  return name === 'handler' || importsOf(handler).includes(file);
}

function isLinked(file: string, earlier: readonly string[]): boolean {
  if (isEntry(file) || earlier.some((other) => importsOf(other).includes(file))) return true;
  if (!file.startsWith('adapters/')) return false;
  const handlers = earlier.filter((other) => other.startsWith('lambdas/')).map((step) => `${dirname(step)}/handler.ts`);
  return handlers.some((handler) => reachable(handler).has(file));
}

test('three flows are listed', () => {
  expect(PATHS.map(({ flow }) => flow)).toEqual(['Push to commit', 'Release', 'Refused webhook']);
});

describe.each(PATHS)('$flow', ({ announced, files }) => {
  test('lists as many files as its title counts, each once', () => {
    expect(files).toHaveLength(announced);
    expect(new Set(files).size).toBe(announced);
  });

  test('lists files that exist', () => {
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  test('leads to each file from an earlier one', () => {
    expect(files.filter((file, index) => !isLinked(file, files.slice(0, index)))).toEqual([]);
  });
});

test('a push is followed to its commit in at most 35 files', () => {
  expect(PATHS[0]?.files.length).toBeLessThanOrEqual(35);
});

test('a file that no earlier one imports is found', () => {
  expect(isLinked('core/graph/page.ts', ['lambdas/webhook/receive.ts'])).toBe(false);
  expect(isLinked('adapters/registry/copy.ts', ['lambdas/webhook/receive.ts'])).toBe(false);
});
