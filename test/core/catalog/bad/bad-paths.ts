/** Paths that leave the repository or are not normalized. */
import { type BadCatalog, one, V } from './bad-catalog';

export const BAD_PATHS: readonly BadCatalog[] = [
  ...(
    [
      ['../secrets', "without '..'"],
      ['a/../../b', "without '..'"],
      ['/etc', 'without a leading /'],
      ['api/', 'trailing /'],
      ['./api', "leave out './'"],
      ['a//b', "not '//'"],
      ['a\\\\b', 'with /'],
      ['.git/hooks', "'.git'"],
      ['a\\0b', 'control characters'],
      ['a\\nb', 'control characters'],
    ] as const
  ).map(
    ([path, words]): BadCatalog => [`the path ${path}`, one(`{ path: "${path}" }`), ['services.api.path', 3, words]],
  ),
  ['a path of 1001 characters', one(`{ path: ${'a'.repeat(1001)} }`), ['services.api.path', 3, 'at most 1000']],
  [
    'a Dockerfile outside the repository',
    one('{ dockerfile: ../Dockerfile }'),
    ['services.api.dockerfile', 3, "without '..'"],
  ],
  ['a build context outside the repository', one('{ context: .. }'), ['services.api.context', 3, "without '..'"]],
  [
    'a module outside the repository',
    `${V}modules: { m: ../m }\nservices: { api: }\n`,
    ['modules.m.path', 2, "without '..'"],
  ],
  [
    'the whole repository as a module',
    `${V}modules: { m: . }\nservices: { api: }\n`,
    ['modules.m.path', 2, "leave out './'"],
  ],
];
