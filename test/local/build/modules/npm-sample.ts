/** A small monorepo of npm packages: one that is built and tested, one that depends on it, and one whose test fails. */
import type { TestEntry } from '../../../support/git/git-repository';
import { CATALOG_FILE } from '../embedded/sample-source';

const GREET = '@shop/greet';
const manifest = (fields: object) => `${JSON.stringify({ license: 'MIT', ...fields }, undefined, 2)}\n`;

export const NPM_FILES: Readonly<Record<string, TestEntry>> = {
  [CATALOG_FILE]: [
    'platform: v1.4.0',
    'modules:',
    "  greet: { path: packages/greet, publish: { kind: npm, package: '@shop/greet' } }",
    "  shout: { path: packages/shout, publish: { kind: npm, package: '@shop/shout' } }",
    '  failing: { path: packages/failing, publish: { kind: npm } }',
    "  commanded: { path: packages/commanded, publish: { kind: npm, test: { command: ['check it', '$(touch canary)', 'a b'] } } }",
    'services:',
    '  api: { path: services/api }',
    '',
  ].join('\n'),
  'services/api/Dockerfile': 'FROM scratch\nCOPY packages /packages\n',
  'package.json': manifest({ name: 'root', private: true, workspaces: ['packages/*'] }),
  'packages/greet/package.json': manifest({
    name: '@shop/greet',
    version: '0.0.7',
    main: 'dist/greet.js',
    files: ['dist'],
    scripts: { build: 'node build.js', test: 'node test.js' },
  }),
  'packages/greet/build.js':
    "const { cpSync, mkdirSync } = require('node:fs');\nmkdirSync('dist', { recursive: true });\ncpSync('greet.js', 'dist/greet.js');\n",
  'packages/greet/greet.js': "module.exports = (name) => 'hello ' + name;\n",
  'packages/greet/test.js':
    "const { equal } = require('node:assert');\nequal(require('./dist/greet.js')('Ada'), 'hello Ada');\n",
  'packages/greet/bin/greet.sh': { mode: '100755', content: '#!/bin/sh\n' },
  'packages/shout/package.json': manifest({
    name: '@shop/shout',
    main: 'shout.js',
    dependencies: { '@shop/greet': '^0.1.0' },
    scripts: { test: "node -e \"require('node:assert').equal(require('./shout.js')('Ada'), 'HELLO ADA')\"" },
  }),
  'packages/shout/shout.js': `const greet = require(${JSON.stringify(GREET)});\nmodule.exports = (name) => greet(name).toUpperCase();\n`,
  'packages/failing/package.json': manifest({
    name: 'failing',
    version: '0.1.0',
    scripts: { test: 'echo it does not work && exit 1' },
  }),
  'packages/commanded/package.json': manifest({
    name: 'commanded',
    version: '1.0.0',
    scripts: { test: 'echo "Error: no test specified" && exit 1' },
  }),
};
