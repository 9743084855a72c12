import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

const ROOT = join(__dirname, '../../../..');

/** Starts git at a person's push, in the home of a local pipeline, with the person's own configuration. */
const HOOK = 'local/serve/post-receive.mjs';

const PRODUCT = ['adapters', 'bin', 'buildspecs', 'cli', 'core', 'lambdas', 'lib', 'local'];

test('one file of the product starts git, which is where its configuration is kept out', () => {
  const files = PRODUCT.flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).map((path) => join(ROOT, room, path)),
  );
  const sources = files.filter((path) => /\.(ts|mjs|yml|sh)$/.test(path));

  const starting = sources.filter((path) =>
    /\b(?:spawn|exec)\w*\)?\(\s*['"`]git['"`]|^\s*-?\s*git -?\w/m.test(readFileSync(path, 'utf8')),
  );

  expect(starting.map((path) => relative(ROOT, path)).sort()).toEqual(['adapters/git/local/git-command.ts', HOOK]);
});
