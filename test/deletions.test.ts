/** Each place in the product that deletes or overwrites something on disk, with the reason why nothing of the user's is lost there. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(__dirname, '..');
const FOLDERS = ['adapters', 'bin', 'buildspecs', 'cli', 'core', 'lambdas', 'lib', 'local'];

const DELETION =
  /(?<![\w'"`])(?:rm|unlink|rmdir|rename|cp|copyFile|truncate|ftruncate)(?:Sync)?\((?!\))|\brm -r|\brm -f|['"]w\+?['"]|\.truncate\(/g;

const OWN_FOLDER = 'a new folder below the system temporary folder, made by mkdtemp in the same function';
const INTO_OWN_FOLDER = 'copies into a new folder, made by mkdtemp for this job';

const REASONS: Readonly<Record<string, readonly string[]>> = {
  'adapters/disk/atomic-file.ts': [
    'replaces a file of the pipeline, or one that a person named as output',
    'removes the temporary file of the same function, which has a random name',
    'removes such a file of a killed process, known by its random name, an hour later',
  ],
  'adapters/git/local/repository.ts': [OWN_FOLDER],
  'bin/build-package.ts': ['empties dist/package, which it makes itself'],
  'bin/pipeline.mjs': ['replaces the bundle in dist, which it makes itself'],
  'buildspecs/job/command/prepare-command.ts': ['copies inputs into an empty folder, in the folder of this job'],
  'buildspecs/image.yml': [
    'the files with secrets of this job, in its own folder',
    'the sockets of the agents of this job, in a folder that it made',
  ],
  'buildspecs/job/image-test.ts': ['copies the ignore file beside the generated Dockerfile, in the folder of this job'],
  'buildspecs/job/measure/usage.ts': ['replaces what it measured a second before, in the folder of this job'],
  'buildspecs/job/module-tool.ts': [INTO_OWN_FOLDER, INTO_OWN_FOLDER],
  'local/build/buildspec-builder.ts': [OWN_FOLDER],
  'local/build/buildspec-runner.ts': [INTO_OWN_FOLDER, OWN_FOLDER],
  'local/build/embedded-builder.ts': [OWN_FOLDER],
  'local/build/modules/embedded-module-builder.ts': [OWN_FOLDER, 'copies into the home, into the folder of this job'],
  'local/build/modules/pack-module.ts': [INTO_OWN_FOLDER],
  'local/build/unpack-archive.ts': [OWN_FOLDER],
  'local/demo/choose-home.ts': ['empties a home with our marker, only with --fresh, of our own entries'],
  'local/demo/repositories.ts': [OWN_FOLDER],
  'local/registry/blob-store.ts': ['an upload of the registry becomes its blob', 'an upload that its client cancelled'],
  'local/runtime/definition.ts': [OWN_FOLDER],
  'local/serve/serve-pipeline.ts': ['the address file in the home, at the end of the server that wrote it'],
};

/** Files that a command writes outside of a home. */
const OUTPUTS: Readonly<Record<string, readonly string[]>> = {
  'cli/images.ts': ['the settings file that --write names, whose other keys stay'],
  'cli/commands/catalog.ts': ['the file that --out names, with --force', 'the file that --out names, if there is none'],
  'cli/commands/demo.ts': ['the summary in --folder, unless a file of somebody else has its name'],
  'cli/commands/graph.ts': ['the file that --out names'],
  'cli/values.ts': ['the values files that are named', 'the same files as they were, if one of them cannot be written'],
};

function sources(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|mjs|js|yml|sh)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath ?? entry.path, entry.name)));
}

function placesOf(call: RegExp, files: readonly string[]): Readonly<Record<string, number>> {
  const places = files.map((file) => {
    const code = readFileSync(join(ROOT, file), 'utf8').replace(/^\s*(?:\*|\/\/|\/\*\*).*$/gm, '');
    return [file, [...code.matchAll(call)].length] as const;
  });
  return Object.fromEntries(places.filter(([, count]) => count > 0));
}

function listed(reasons: Readonly<Record<string, readonly string[]>>): Readonly<Record<string, number>> {
  return Object.fromEntries(Object.entries(reasons).map(([file, { length }]) => [file, length]));
}

describe('what the product deletes or overwrites', () => {
  test('is listed here, with a reason for each place', () => {
    expect(placesOf(DELETION, FOLDERS.flatMap(sources))).toEqual(listed(REASONS));
  });

  test('outside of a home is a file that a person named', () => {
    expect(placesOf(/\b(?:writeFile|createFile)Atomically\(/g, sources('cli'))).toEqual(listed(OUTPUTS));
  });

  test.each(['rm(x)', 'await rm(x)', 'rmSync(x)', 'fs.unlinkSync(x)', 'renameSync(a, b)', 'rmdir(x)'])(
    'would be noticed in: %s',
    (code) => expect([...code.matchAll(DELETION)]).toHaveLength(1),
  );
});
