/** Names, titles and versions that break their grammar. */
import { type BadCatalog, one, stages, V } from './bad-catalog';

export const BAD_NAMES: readonly BadCatalog[] = [
  [
    'a service name with a slash',
    `${V}services: { a/b: { image: b } }\n`,
    ['services["a/b"]', 2, 'a service name has'],
  ],
  [
    'a service name with a space',
    `${V}services: { a b: { image: b } }\n`,
    ['services["a b"]', 2, 'a service name has'],
  ],
  ['a service name like an option', `${V}services: { --x: { image: b } }\n`, ['services.--x', 2, 'a service name has']],
  [
    'a service name too long for a tag',
    `${V}services: { ${'a'.repeat(81)}: { image: b } }\n`,
    [`services.${'a'.repeat(77)}...`, 2, 'at most 80 characters'],
  ],
  ['an empty service name', `${V}services: { '': { image: b } }\n`, ['services[""]', 2, 'a service name has']],
  [
    "a service named like JavaScript's own",
    `${V}services: { __proto__: { image: b }, a: }\n`,
    ['services', 2, 'has the key __proto__'],
  ],
  ['a number as a name', `${V}services: { 1.10: x }\n`, ['services', 2, 'has the key 1.1']],
  ['a map as a name', `${V}services:\n  ? { a: b }\n  : x\n  c:\n`, ['services', 3, 'a key that is not text']],
  [
    'services that differ by case',
    `${V}services:\n  auth:\n  Auth: { image: auth2 }\n`,
    ['services.Auth', 4, "the service 'auth' differs from it by case only"],
  ],
  ['a name that cannot be an image', `${V}services:\n  MyApi:\n`, ['services.MyApi.image', 3, "such as 'myapi'"]],
  ['an image in upper case', one('{ image: Api }'), ['services.api.image', 3, 'lower case']],
  ['an image with a tag', one("{ image: 'api:v1' }"), ['services.api.image', 3, 'no tag']],
  ['an image with an empty part', one('{ image: a//b }'), ['services.api.image', 3, "'a//b' is not allowed"]],
  [
    'an image of two services',
    `${V}services:\n  auth:\n  login: { image: auth }\n`,
    ['services.login.image', 4, "the service 'auth' has the same image"],
  ],
  [
    'a package name like an option',
    `${V}modules: { m: { path: tools/m, publish: { package: --index-url } } }\nservices: { api: }\n`,
    ['modules.m.publish.package', 2, 'a package name has'],
  ],
  [
    'a package name that leads elsewhere',
    `${V}modules: { m: { path: tools/m, publish: { package: a/../b } } }\nservices: { api: }\n`,
    ['modules.m.publish.package', 2, 'a package name has'],
  ],
  [
    'a published module whose name leads elsewhere',
    `${V}modules:\n  a/../../b: { path: tools/b, publish: { package: b } }\n  a//b: tools/c\nservices: { api: }\n`,
    ['modules["a/../../b"].publish', 3, "'.' or '..' between slashes"],
  ],
  [
    'a published module whose name makes no package name',
    `${V}modules: { m-: { path: tools/m, publish: true } }\nservices: { api: }\n`,
    ['modules.m-.publish', 2, 'write `publish: { package: NAME }`'],
  ],
  [
    'names that Python packages may have, and npm packages not',
    `${V}modules:\n  a: { path: tools/a, publish: { kind: npm, package: Shop.Lib } }\n  B: { path: tools/b, publish: { kind: npm } }\n  c: { path: tools/c, publish: { package: '@shop/lib' } }\n  d: { path: tools/d, publish: { kind: npm, package: '@shop/../lib' } }\nservices: { api: }\n`,
    ['modules.a.publish.package', 3, "'Shop.Lib' is not allowed: an npm package has lower case letters"],
    ['modules.B.publish', 4, 'write `publish: { package: NAME }`'],
    ['modules.c.publish.package', 5, 'a package name has letters and digits'],
    ['modules.d.publish.package', 6, 'an npm package has'],
  ],
  [
    'names that no Maven package has, and none',
    `${V}modules:\n  a: { path: tools/a, publish: { kind: maven, package: lib } }\n  b: { path: tools/b, publish: { kind: maven } }\n  c: { path: tools/c, publish: { kind: maven, package: 'com..shop:lib' } }\n  d: { path: tools/d, publish: { kind: maven, package: 'com.shop:..' } }\n  e: { path: tools/e, publish: { kind: maven, package: 'com.shop:lib:jar' } }\nservices: { api: }\n`,
    ['modules.a.publish.package', 3, "'lib' is not allowed: a Maven package is written as GROUP:ARTIFACT"],
    ['modules.b.publish', 4, 'write `publish: { package: NAME }`'],
    ['modules.c.publish.package', 5, "'com..shop:lib' is not allowed"],
    ['modules.d.publish.package', 6, "'com.shop:..' is not allowed"],
    ['modules.e.publish.package', 7, "'com.shop:lib:jar' is not allowed"],
  ],
  [
    'names of Go modules that are no paths of a host',
    `${V}modules:\n  a: { path: tools/a, publish: { kind: go } }\n  b: { path: tools/b, publish: { kind: go, package: github.com/../b } }\n  c: { path: tools/c, publish: { kind: go, package: https://github.com/c } }\nservices: { api: }\n`,
    ['modules.a.publish', 3, 'write `publish: { package: NAME }`'],
    ['modules.b.publish.package', 4, 'a Go module has the path of its module line'],
    ['modules.c.publish.package', 5, 'a Go module has the path of its module line'],
  ],
  [
    'an npm package of two modules',
    `${V}modules:\n  a: { path: tools/a, publish: { kind: npm, package: lib } }\n  lib: { path: tools/b, publish: { kind: npm } }\nservices: { api: }\n`,
    ['modules.lib.publish', 4, "the module 'a' is published under this name"],
  ],
  [
    'a package of two modules, written in two ways',
    `${V}modules:\n  a: { path: tools/a, publish: { package: Lib_One } }\n  x/lib-one: { path: tools/b, publish: true }\nservices: { api: }\n`,
    ['modules["x/lib-one"].publish', 4, "the module 'a' is published under this name"],
  ],
  ['a stage name with a hyphen', stages('  - { name: a-b }\n'), ['stages[0].name', 3, 'a stage name has']],
  ['a title with markup', stages('  - { name: a, title: "a{b}" }\n'), ['stages[0].title', 3, 'a title has']],
  [
    'a title too long for a state',
    stages(`  - { name: a, title: ${'x'.repeat(61)} }\n`),
    ['stages[0].title', 3, 'at most 60'],
  ],
  [
    'a platform version without a patch',
    'platform: v1.4\nservices: { api: }\n',
    ['platform', 1, 'written like v1.4.0'],
  ],
  [
    'a platform version that is a dev version',
    'platform: v1.4.0-dev\nservices: { api: }\n',
    ['platform', 1, 'written like v1.4.0'],
  ],
  ['a version with a leading zero', 'platform: v1.04.0\nservices: { api: }\n', ['platform', 1, 'written like v1.4.0']],
  ['a platform of the wrong form', one('{ platforms: [amd64] }'), ['services.api.platforms[0]', 3, 'linux/amd64']],
  [
    'a path into the values file with an empty key',
    one('{ values: api..tag }'),
    ['services.api.values[0]', 3, 'grafana.image.tag'],
  ],
  [
    'a path into a named values file with an empty key',
    one('{ values: { api: [image.tag, image..tag] } }'),
    ['services.api.values[1]', 3, 'grafana.image.tag'],
  ],
  [
    'a number as the path into a named values file',
    one('{ values: { api: 5 } }'),
    ['services.api.values[0]', 3, '5 is not allowed'],
  ],
  ['a build target with a space', one("{ target: 'a b' }"), ['services.api.target', 3, 'a target is']],
];
