#!/usr/bin/env node
// Runs the mutation tests of the folders or files that are named: npm run test:mutants -- core/values lambdas/commit
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';

const named = process.argv.slice(2);
const missing = named.filter((path) => !existsSync(path));
if (named.length === 0 || missing.length > 0) {
  console.error(
    missing.length > 0
      ? `no such file or folder: ${missing.join(', ')}`
      : 'name a folder: npm run test:mutants -- core/values',
  );
  process.exit(2);
}
const patterns = named.map((path) => (statSync(path).isDirectory() ? `${path}/**/*.ts` : path));
const { status } = spawnSync('npx', ['stryker', 'run', '--mutate', patterns.join(',')], { stdio: 'inherit' });
process.exit(status ?? 1);
