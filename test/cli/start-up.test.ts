import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
/** Each takes a good part of a second to load. */
const HEAVY = ['aws-cdk-lib', 'constructs', 'esbuild', 'aws-local-stepfunctions', '@aws-sdk/'];

/** What a file loads before its first line runs: imports of values, not `import()` and not types. */
function loadedBy(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gms)].map(([, from = '']) => from);
}

function packagesLoadedBy(start: string): readonly string[] {
  const packages = new Set<string>();
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const from of loadedBy(file)) {
      const path = resolve(dirname(file), `${from}.ts`);
      if (!from.startsWith('.')) packages.add(`${from} in ${relative(ROOT, file)}`);
      else if (existsSync(path)) visit(path);
    }
  };
  visit(join(ROOT, start));
  return [...packages];
}

const heavyIn = (start: string) =>
  packagesLoadedBy(start).filter((each) => HEAVY.some((name) => each.startsWith(name)));

describe('the start of the command line', () => {
  test.each(['bin/pipeline.ts', 'cli/commands/plan.ts', 'cli/commands/graph.ts'])('%s loads nothing heavy', (start) => {
    expect(heavyIn(start)).toEqual([]);
  });

  test('would notice it', () => {
    expect(heavyIn('cli/commands/run.ts')).not.toEqual([]);
  });
});
