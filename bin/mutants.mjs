#!/usr/bin/env node
// Runs mutation tests: npm run test:mutants -- core/values [FILE|FOLDER ...] [--tests FILE|FOLDER,...]
// Without --tests, each path is judged by the tests of its own folder (core/values: test/core/values).
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals: paths } = parseArgs({ allowPositionals: true, options: { tests: { type: 'string' } } });
const isFolder = (path) => statSync(path).isDirectory();
const missing = paths.filter((path) => !existsSync(path));
if (paths.length === 0 || missing.length > 0) {
  const what = missing.length > 0 ? `there is no ${missing.join(', ')}` : 'no folder is named';
  console.error(`${what}; name files or folders: npm run test:mutants -- core/values`);
  process.exit(2);
}
const mutate = paths.map((path) => (isFolder(path) ? `${path}/**/*.ts` : path)).join(',');
const own = new Set(paths.map((path) => `test/${isFolder(path) ? path : dirname(path)}`));
const { status } = spawnSync('npx', ['stryker', 'run', '--mutate', mutate], {
  stdio: 'inherit',
  env: { TESTS: 'few', ...process.env, MUTANT_TESTS: values.tests ?? [...own].join(',') },
});
process.exit(status ?? 1);
