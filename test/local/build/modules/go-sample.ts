/** A small monorepo of Go modules: one whose tests pass, one whose test fails, one with a command, one that only a workspace can build, and one at its second major version. */
import type { TestEntry } from '../../../support/git/git-repository';
import { CATALOG_FILE } from '../embedded/sample-source';

export const GO_HOST = 'shop.example';
const published = (name: string, rest = '') =>
  `  ${name}: { path: tools/${name}, publish: { kind: go, package: ${GO_HOST}/mono.git/tools/${name}${rest} } }`;
const goMod = (name: string, rest = '') => `module ${GO_HOST}/mono.git/tools/${name}\n\ngo 1.21\n${rest}`;

export const GO_FILES: Readonly<Record<string, TestEntry>> = {
  [CATALOG_FILE]: [
    'platform: v1.4.0',
    'modules:',
    published('greet'),
    published('failing'),
    published('commanded', ", test: { command: ['check it', '$(touch canary)', 'a b'] }"),
    published('shared'),
    `  major: { path: tools/major, publish: { kind: go, package: ${GO_HOST}/mono.git/tools/major/v2 } }`,
    'services:',
    '  api: { path: services/api }',
    '',
  ].join('\n'),
  'services/api/Dockerfile': 'FROM scratch\nCOPY tools /tools\n',
  'go.work': 'go 1.21\n\nuse (\n\t./tools/greet\n\t./tools/shared\n)\n',
  'tools/greet/go.mod': goMod('greet'),
  'tools/greet/greet.go': 'package greet\n\nfunc Hello(name string) string { return "hello " + name }\n',
  'tools/greet/greet_test.go':
    'package greet\n\nimport "testing"\n\nfunc TestHello(t *testing.T) {\n\tif Hello("Ada") != "hello Ada" {\n\t\tt.Fatal("no greeting")\n\t}\n}\n',
  'tools/failing/go.mod': goMod('failing'),
  'tools/failing/failing.go': 'package failing\n',
  'tools/failing/failing_test.go':
    'package failing\n\nimport "testing"\n\nfunc TestIt(t *testing.T) { t.Fatal("it does not work") }\n',
  'tools/commanded/go.mod': goMod('commanded'),
  'tools/commanded/commanded.go': 'package commanded\n',
  'tools/major/go.mod': goMod('major/v2'),
  'tools/major/major.go': 'package major\n\nconst Name = "the second"\n',
  'tools/shared/go.mod': goMod('shared'),
  'tools/shared/shared.go': `package shared\n\nimport _ "${GO_HOST}/mono.git/tools/greet"\n`,
};
