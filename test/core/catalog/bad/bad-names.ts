/** Names, titles and versions that break their grammar. */
import { type BadCatalog, one, stages, V } from './bad-catalog';

export const BAD_NAMES: readonly BadCatalog[] = [
  {
    what: 'a service name with a slash',
    text: `${V}services: { a/b: { image: b } }\n`,
    problems: [['services["a/b"]', 2, 'a service name has']],
  },
  {
    what: 'a service name with a space',
    text: `${V}services: { a b: { image: b } }\n`,
    problems: [['services["a b"]', 2, 'a service name has']],
  },
  {
    what: 'a service name like an option',
    text: `${V}services: { --x: { image: b } }\n`,
    problems: [['services.--x', 2, 'a service name has']],
  },
  {
    what: 'a service name too long for a tag',
    text: `${V}services: { ${'a'.repeat(81)}: { image: b } }\n`,
    problems: [[`services.${'a'.repeat(77)}...`, 2, 'at most 80 characters']],
  },
  {
    what: 'an empty service name',
    text: `${V}services: { '': { image: b } }\n`,
    problems: [['services[""]', 2, 'a service name has']],
  },
  {
    what: "a service named like JavaScript's own",
    text: `${V}services: { __proto__: { image: b }, a: }\n`,
    problems: [['services', 2, 'has the key __proto__']],
  },
  { what: 'a number as a name', text: `${V}services: { 1.10: x }\n`, problems: [['services', 2, 'has the key 1.1']] },
  {
    what: 'a map as a name',
    text: `${V}services:\n  ? { a: b }\n  : x\n  c:\n`,
    problems: [['services', 3, 'a key that is not text']],
  },
  {
    what: 'services that differ by case',
    text: `${V}services:\n  auth:\n  Auth: { image: auth2 }\n`,
    problems: [['services.Auth', 4, "the service 'auth' differs from it by case only"]],
  },
  {
    what: 'a name that cannot be an image',
    text: `${V}services:\n  MyApi:\n`,
    problems: [['services.MyApi.image', 3, "such as 'myapi'"]],
  },
  { what: 'an image in upper case', text: one('{ image: Api }'), problems: [['services.api.image', 3, 'lower case']] },
  { what: 'an image with a tag', text: one("{ image: 'api:v1' }"), problems: [['services.api.image', 3, 'no tag']] },
  {
    what: 'an image with an empty part',
    text: one('{ image: a//b }'),
    problems: [['services.api.image', 3, "'a//b' is not allowed"]],
  },
  {
    what: 'an image of two services',
    text: `${V}services:\n  auth:\n  login: { image: auth }\n`,
    problems: [['services.login.image', 4, "the service 'auth' has the same image"]],
  },
  {
    what: 'a package name like an option',
    text: `${V}modules: { m: { path: tools/m, publish: { package: --index-url } } }\nservices: { api: }\n`,
    problems: [['modules.m.publish.package', 2, 'a package name has']],
  },
  {
    what: 'a package name that leads elsewhere',
    text: `${V}modules: { m: { path: tools/m, publish: { package: a/../b } } }\nservices: { api: }\n`,
    problems: [['modules.m.publish.package', 2, 'a package name has']],
  },
  {
    what: 'a published module whose name leads elsewhere',
    text: `${V}modules:\n  a/../../b: { path: tools/b, publish: { package: b } }\n  a//b: tools/c\nservices: { api: }\n`,
    problems: [['modules["a/../../b"].publish', 3, "'.' or '..' between slashes"]],
  },
  {
    what: 'a published module whose name makes no package name',
    text: `${V}modules: { m-: { path: tools/m, publish: true } }\nservices: { api: }\n`,
    problems: [['modules.m-.publish', 2, 'write `publish: { package: NAME }`']],
  },
  {
    what: 'names that Python packages may have, and npm packages not',
    text: `${V}modules:\n  a: { path: tools/a, publish: { kind: npm, package: Shop.Lib } }\n  B: { path: tools/b, publish: { kind: npm } }\n  c: { path: tools/c, publish: { package: '@shop/lib' } }\n  d: { path: tools/d, publish: { kind: npm, package: '@shop/../lib' } }\nservices: { api: }\n`,
    problems: [
      ['modules.a.publish.package', 3, "'Shop.Lib' is not allowed: an npm package has lower case letters"],
      ['modules.B.publish', 4, 'write `publish: { package: NAME }`'],
      ['modules.c.publish.package', 5, 'a package name has letters and digits'],
      ['modules.d.publish.package', 6, 'an npm package has'],
    ],
  },
  {
    what: 'names that no Maven package has, and none',
    text: `${V}modules:\n  a: { path: tools/a, publish: { kind: maven, package: lib } }\n  b: { path: tools/b, publish: { kind: maven } }\n  c: { path: tools/c, publish: { kind: maven, package: 'com..shop:lib' } }\n  d: { path: tools/d, publish: { kind: maven, package: 'com.shop:..' } }\n  e: { path: tools/e, publish: { kind: maven, package: 'com.shop:lib:jar' } }\nservices: { api: }\n`,
    problems: [
      ['modules.a.publish.package', 3, "'lib' is not allowed: a Maven package is written as GROUP:ARTIFACT"],
      ['modules.b.publish', 4, 'write `publish: { package: NAME }`'],
      ['modules.c.publish.package', 5, "'com..shop:lib' is not allowed"],
      ['modules.d.publish.package', 6, "'com.shop:..' is not allowed"],
      ['modules.e.publish.package', 7, "'com.shop:lib:jar' is not allowed"],
    ],
  },
  {
    what: 'names of Go modules that are no paths of a host',
    text: `${V}modules:\n  a: { path: tools/a, publish: { kind: go } }\n  b: { path: tools/b, publish: { kind: go, package: github.com/../b } }\n  c: { path: tools/c, publish: { kind: go, package: https://github.com/c } }\nservices: { api: }\n`,
    problems: [
      ['modules.a.publish', 3, 'write `publish: { package: NAME }`'],
      ['modules.b.publish.package', 4, 'a Go module has the path of its module line'],
      ['modules.c.publish.package', 5, 'a Go module has the path of its module line'],
    ],
  },
  {
    what: 'an npm package of two modules',
    text: `${V}modules:\n  a: { path: tools/a, publish: { kind: npm, package: lib } }\n  lib: { path: tools/b, publish: { kind: npm } }\nservices: { api: }\n`,
    problems: [['modules.lib.publish', 4, "the module 'a' is published under this name"]],
  },
  {
    what: 'a package of two modules, written in two ways',
    text: `${V}modules:\n  a: { path: tools/a, publish: { package: Lib_One } }\n  x/lib-one: { path: tools/b, publish: true }\nservices: { api: }\n`,
    problems: [['modules["x/lib-one"].publish', 4, "the module 'a' is published under this name"]],
  },
  {
    what: 'a stage name with a hyphen',
    text: stages('  - { name: a-b }\n'),
    problems: [['stages[0].name', 3, 'a stage name has']],
  },
  {
    what: 'a title with markup',
    text: stages('  - { name: a, title: "a{b}" }\n'),
    problems: [['stages[0].title', 3, 'a title has']],
  },
  {
    what: 'a title too long for a state',
    text: stages(`  - { name: a, title: ${'x'.repeat(61)} }\n`),
    problems: [['stages[0].title', 3, 'at most 60']],
  },
  {
    what: 'a platform version without a patch',
    text: 'platform: v1.4\nservices: { api: }\n',
    problems: [['platform', 1, 'written like v1.4.0']],
  },
  {
    what: 'a platform version that is a dev version',
    text: 'platform: v1.4.0-dev\nservices: { api: }\n',
    problems: [['platform', 1, 'written like v1.4.0']],
  },
  {
    what: 'a version with a leading zero',
    text: 'platform: v1.04.0\nservices: { api: }\n',
    problems: [['platform', 1, 'written like v1.4.0']],
  },
  {
    what: 'a platform of the wrong form',
    text: one('{ platforms: [amd64] }'),
    problems: [['services.api.platforms[0]', 3, 'linux/amd64']],
  },
  {
    what: 'a path into the values file with an empty key',
    text: one('{ values: api..tag }'),
    problems: [['services.api.values[0]', 3, 'grafana.image.tag']],
  },
  {
    what: 'a path into a named values file with an empty key',
    text: one('{ values: { api: [image.tag, image..tag] } }'),
    problems: [['services.api.values[1]', 3, 'grafana.image.tag']],
  },
  {
    what: 'a number as the path into a named values file',
    text: one('{ values: { api: 5 } }'),
    problems: [['services.api.values[0]', 3, '5 is not allowed']],
  },
  {
    what: 'a build target with a space',
    text: one("{ target: 'a b' }"),
    problems: [['services.api.target', 3, 'a target is']],
  },
];
