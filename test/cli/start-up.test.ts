import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = resolve(__dirname, '../..');
/** Each takes a good part of a second to load. */
const HEAVY = ['aws-cdk-lib', 'constructs', 'esbuild', 'aws-local-stepfunctions', '@aws-sdk/'];

/** What a file loads before its first line runs: imports of values, not `import()` and not types. */
function loadedBy(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^(?:import|export) (?!type )[^;]*?from '([^']+)'/gms)].map(([, from = '']) => from);
}

/** The file itself, and every file that it loads. */
function filesLoadedBy(start: string): readonly string[] {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const from of loadedBy(file)) {
      const path = resolve(dirname(file), `${from}.ts`);
      if (from.startsWith('.') && existsSync(path)) visit(path);
    }
  };
  visit(join(ROOT, start));
  return [...seen];
}

function packagesLoadedBy(start: string): readonly string[] {
  return filesLoadedBy(start).flatMap((file) =>
    loadedBy(file)
      .filter((from) => !from.startsWith('.'))
      .map((from) => `${from} in ${relative(ROOT, file)}`),
  );
}

const heavyIn = (start: string) =>
  packagesLoadedBy(start).filter((each) => HEAVY.some((name) => each.startsWith(name)));

describe('the start of the command line', () => {
  const commands = readdirSync(join(ROOT, 'cli/commands')).map((file) => `cli/commands/${file}`);

  test.each(['bin/pipeline.ts', 'cli/doctor/doctor.ts', ...commands])('%s loads nothing heavy', (start) => {
    expect(heavyIn(start)).toEqual([]);
  });

  test('loads no file of a command before one is named', () => {
    expect(filesLoadedBy('bin/pipeline.ts').filter((file) => /cli\/(commands|doctor)\//.test(file))).toEqual([]);
  });

  test.each(['local/runtime/pipeline.ts', 'cli/states-client.ts'])('is found to load %s', (start) => {
    expect(heavyIn(start)).not.toEqual([]);
  });
});
