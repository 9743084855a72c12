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
  ).map(([path, words]) => ({
    what: `the path ${path}`,
    text: one(`{ path: "${path}" }`),
    problems: [['services.api.path', 3, words] as const],
  })),
  {
    what: 'a path of 1001 characters',
    text: one(`{ path: ${'a'.repeat(1001)} }`),
    problems: [['services.api.path', 3, 'at most 1000']],
  },
  {
    what: 'a Dockerfile outside the repository',
    text: one('{ dockerfile: ../Dockerfile }'),
    problems: [['services.api.dockerfile', 3, "without '..'"]],
  },
  {
    what: 'a build context outside the repository',
    text: one('{ context: .. }'),
    problems: [['services.api.context', 3, "without '..'"]],
  },
  {
    what: 'a module outside the repository',
    text: `${V}modules: { m: ../m }\nservices: { api: }\n`,
    problems: [['modules.m.path', 2, "without '..'"]],
  },
  {
    what: 'the whole repository as a module',
    text: `${V}modules: { m: . }\nservices: { api: }\n`,
    problems: [['modules.m.path', 2, "leave out './'"]],
  },
];
