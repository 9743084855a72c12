/**
 * How much a person opens: the files behind three flows, and the size of the tree. `npm run bench:files -- DIR` counts another work tree of
 * this repository in the same way.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const root = resolve(process.argv[2] ?? '.');
const ROOMS = ['adapters', 'bench', 'bin', 'buildspecs', 'cli', 'core', 'lambdas', 'lib', 'local'];

/** The steps that a flow passes, by the folder of their handler. */
const FLOWS: Readonly<Record<string, readonly string[]>> = {
  'push to commit': ['webhook', 'plan', 'candidate', 'release', 'commit'],
  release: ['plan', 'release', 'commit', 'report'],
  'refused webhook': ['webhook'],
};

function sources(): readonly string[] {
  return ROOMS.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(room, file)),
  );
}

/** The files of this repository that a file imports, types included. */
function importsOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/(?:from|import\() ?'(\.[^']+)'/g)].flatMap(([, from = '']) => {
    const path = relative(root, resolve(root, dirname(file), `${from}.ts`));
    return existsSync(join(root, path)) ? [path] : [];
  });
}

function closure(start: readonly string[]): ReadonlySet<string> {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    importsOf(file).forEach(visit);
  };
  start.forEach(visit);
  return seen;
}

/** Groups of files that import each other. */
function circles(files: readonly string[]): number {
  const reach = new Map(files.map((file) => [file, closure([file])]));
  const groups = files.map((file) =>
    files.filter((other) => reach.get(file)?.has(other) && reach.get(other)?.has(file)),
  );
  return new Set(groups.filter(({ length }) => length > 1).map((group) => group.join())).size;
}

const files = sources();
const folders = new Map<string, number>();
for (const file of files) folders.set(dirname(file), (folders.get(dirname(file)) ?? 0) + 1);
const lines = files.reduce((sum, file) => sum + readFileSync(join(root, file), 'utf8').split('\n').length - 1, 0);
const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object };
for (const [flow, steps] of Object.entries(FLOWS)) {
  const all = [...closure(steps.map((step) => `lambdas/${step}/handler.ts`))];
  const decisions = all.filter((file) => /^(core|lambdas)\//.test(file));
  console.log(`${flow}: ${all.length} files, ${decisions.length} of them in core and lambdas`);
}
console.log(`files outside of tests: ${files.length}, lines: ${lines}`);
console.log(`circles of imports: ${circles(files)}`);
console.log(`most files in a folder: ${Math.max(...folders.values())}`);
console.log(
  `folders: ${folders.size}, with more than 12 files: ${[...folders.values()].filter((count) => count > 12).length}`,
);
console.log(`runtime packages: ${Object.keys(dependencies).length}`);
