import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(__dirname, '../../../..');

/** The push hook runs in a person's git, with that person's configuration. */
const HOOK = 'local/serve/post-receive.mjs';

const PRODUCT = ['adapters', 'bin', 'buildspecs', 'cli', 'core', 'lambdas', 'lib', 'local'];

test('only the file that isolates the configuration of git starts git', () => {
  const files = PRODUCT.flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).map((path) => join(ROOT, room, path)),
  );
  const sources = files.filter((path) => /\.(ts|mjs|yml|sh)$/.test(path));

  const starting = sources.filter((path) =>
    /\b(?:spawn|exec)\w*\)?\(\s*['"`]git['"`]|^\s*-?\s*git -?\w/m.test(readFileSync(path, 'utf8')),
  );

  expect(starting.map((path) => relative(ROOT, path)).sort()).toEqual(['adapters/git/local/git-command.ts', HOOK]);
});
