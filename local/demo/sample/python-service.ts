/** Python services of the sample: APIs, workers, schedulers, observers, executors and generators. */
import type { Module, Service } from '../../../core/catalog/model';
import { moduleSource } from './modules';
import { lines, type SampleFile } from './sample-file';

/** The folder of services in the images of the real monorepo. */
const HOME = '/usr/src/app';

/** Returns the files of one service whose image contains `modules`. */
export function pythonService(service: Service, modules: readonly Module[]): readonly SampleFile[] {
  const { name, path } = service;
  const file = (relative: string, content: string): SampleFile => ({ path: `${path}/${relative}`, content });
  return [
    { path: service.dockerfile, content: dockerfile(service, modules) },
    file('Dockerfile_tests', testsDockerfile(service)),
    file('README.md', lines(`# ${name}`, '', 'Part of the sample monorepo. This file is in no image.')),
    file('__init__.py', ''),
    file('main.py', mainText(name, modules)),
    file('requirements.txt', lines('# none: the sample builds without network')),
    file('tests/test_main.py', testText(name)),
    ...(hasHandlers(service) ? handlers(service) : []),
    ...familyFiles(service),
  ];
}

/** Services at the repository's root or in a family have an API's layout; `docker_images/x` is one script. */
function hasHandlers({ path }: Service): boolean {
  return !path.startsWith('docker_images/');
}

/** `insider` of `insider/insider_api`: its `*.py` files are shared by the services below it. */
function familyOf({ path }: Service): string | undefined {
  const [family, service] = path.split('/');
  return service === undefined || family === 'docker_images' ? undefined : family;
}

function dockerfile(service: Service, modules: readonly Module[]): string {
  const { name, path } = service;
  const family = familyOf(service);
  return lines(
    'FROM scratch',
    `LABEL org.opencontainers.image.title="${name}"`,
    '',
    `WORKDIR ${HOME}`,
    `ENV PYTHONPATH=${HOME}`,
    '',
    modules.map((module) => `COPY ${module.path} ${module.path}`),
    ...(modules.length > 0 ? [''] : []),
    ...(family === undefined ? [] : [`COPY ${family}/*.py ${family}/`]),
    hasHandlers(service)
      ? [
          `COPY ${path}/requirements.txt ${path}/requirements.txt`,
          `COPY ${path}/handlers ${path}/handlers`,
          `COPY ${path}/*.py ${path}/`,
        ]
      : [`COPY ${path}/__init__.py \\`, `     ${path}/main.py \\`, `     ${path}/requirements.txt \\`, `     ${path}/`],
    '',
    `CMD ["python", "-u", "${HOME}/${path}/main.py"]`,
  );
}

function testsDockerfile({ path }: Service): string {
  return lines(
    '# Runs the tests of one service; not an image that is released.',
    'FROM scratch',
    `WORKDIR ${HOME}`,
    `COPY ${path} ${path}`,
    `CMD ["python", "-m", "unittest", "discover", "-s", "${path}/tests"]`,
  );
}

function mainText(name: string, modules: readonly Module[]): string {
  const imports = modules.map((module) => {
    const source = moduleSource(module).slice(0, -'.py'.length).split('/');
    const name =
      source.at(-1) === importName(module) ? importName(module) : `${source.at(-1)} as ${importName(module)}`;
    return `from ${source.slice(0, -1).join('.')} import ${name}`;
  });
  return lines(
    `"""Starts ${name}."""`,
    imports,
    '',
    `MODULES = [${modules.map(importName).join(', ')}]`,
    '',
    '',
    'def main():',
    '    for module in MODULES:',
    '        print(module.describe())',
    `    print('${name} has started')`,
    '',
    '',
    "if __name__ == '__main__':",
    '    main()',
  );
}

function importName({ path }: Module): string {
  return path.split('/').at(-1) ?? path;
}

function testText(name: string): string {
  return lines(
    'import unittest',
    '',
    '',
    'class MainTest(unittest.TestCase):',
    '    def test_has_a_name(self):',
    `        self.assertTrue('${name}')`,
  );
}

function handlers({ name, path }: Service): readonly SampleFile[] {
  const health = lines(
    `"""Health of ${name}."""`,
    '',
    '',
    'def health():',
    `    return {'service': '${name}', 'healthy': True}`,
  );
  return [
    { path: `${path}/handlers/__init__.py`, content: '' },
    { path: `${path}/handlers/health.py`, content: health },
  ];
}

function familyFiles(service: Service): readonly SampleFile[] {
  const family = familyOf(service);
  if (family === undefined) return [];
  return [
    { path: `${family}/__init__.py`, content: '' },
    {
      path: `${family}/settings.py`,
      content: lines(`"""Shared by the ${family} services."""`, '', `FAMILY = '${family}'`),
    },
  ];
}
