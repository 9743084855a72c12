/** Modules of the sample: Python packages whose folder is the package, as in the real monorepo. */
import type { Module } from '../../../core/catalog/model';
import { identifier, lines, type SampleFile } from './sample-file';

/** Returns the file of a module that its users import: `client.py` in a client, otherwise named after the module. */
export function moduleSource({ name, path }: Module): string {
  return `${path}/${name.endsWith('_client') ? 'client' : identifier(name)}.py`;
}

/** Package, build file and a test. */
export function moduleFiles(module: Module): readonly SampleFile[] {
  const { name, path } = module;
  const source = moduleSource(module);
  const stem = source.slice(path.length + 1, -'.py'.length);
  return [
    { path: `${path}/__init__.py`, content: lines(`"""${name}: shared by services of the sample monorepo."""`) },
    { path: source, content: sourceText(name) },
    { path: `${path}/setup.py`, content: setupText(identifier(name), module.publish?.package ?? name) },
    {
      path: `${path}/README.md`,
      content: lines(`# ${name}`, '', 'Services that use it copy this folder into their images.'),
    },
    { path: `${path}/tests/test_${identifier(name)}.py`, content: testText(path, stem) },
  ];
}

function sourceText(name: string): string {
  return lines(
    `"""What services take from ${name}."""`,
    '',
    `NAME = '${name}'`,
    '',
    '',
    'def describe():',
    '    """One line for the log of a starting service."""',
    "    return f'{NAME} is here'",
  );
}

function setupText(name: string, distribution: string): string {
  return lines(
    'from setuptools import setup',
    '',
    'setup(',
    `    name='${distribution}',`,
    "    version='0.1.0',",
    `    packages=['${name}'],`,
    `    package_dir={'${name}': '.'},`,
    "    python_requires='>=3.9',",
    ')',
  );
}

function testText(path: string, stem: string): string {
  const from = path.replaceAll('/', '.');
  return lines(
    'import unittest',
    '',
    `from ${from} import ${stem}`,
    '',
    '',
    'class DescribeTest(unittest.TestCase):',
    '    def test_names_the_module(self):',
    `        self.assertIn(${stem}.NAME, ${stem}.describe())`,
    '',
    '',
    "if __name__ == '__main__':",
    '    unittest.main()',
  );
}

// * Which modules of `optscale_client/` the images copy, though no table of the document says so: what makes the Dockerfiles, and
// not the declared dependencies, the truth. By the public Dockerfiles of github.com/hystax/optscale at 4617ceb9e803; for admin,
// monthly_bill_generator and payments, which upstream does not have, what their neighbours copy.

const COPIES: Readonly<Record<string, string>> = {
  admin: 'config rest_api',
  auth: 'config rest_api',
  bi_exporter: 'config rest_api',
  bi_scheduler: 'config rest_api',
  booking_observer: 'config rest_api',
  bumischeduler: 'config rest_api',
  bumiworker: 'config herald insider metroculus rest_api',
  calendar_observer: 'config rest_api',
  cleanmongodb: 'config',
  demo_org_cleanup: 'config rest_api',
  diproxy: 'config rest_api',
  diworker: 'config herald insider rest_api',
  failed_imports_dataset_generator: 'config',
  gemini_scheduler: 'config rest_api',
  gemini_worker: 'config rest_api',
  herald: 'auth config',
  herald_executor: 'auth config herald rest_api',
  insider_api: 'config rest_api',
  insider_scheduler: 'config',
  insider_worker: 'config rest_api',
  katara_service: 'auth config rest_api',
  katara_worker: 'auth config katara rest_api',
  keeper: 'auth config',
  keeper_executor: 'auth config herald report rest_api',
  layout_cleaner: 'config rest_api',
  metroculus_api: 'config',
  metroculus_scheduler: 'config rest_api',
  metroculus_worker: 'config rest_api',
  monthly_bill_generator: 'config rest_api',
  ohsu: 'config rest_api',
  organization_violations: 'config rest_api',
  payments: 'auth config rest_api',
  pharos_receiver: 'config',
  pharos_worker: 'config',
  power_schedule: 'config rest_api',
  resource_discovery: 'config rest_api',
  resource_observer: 'config rest_api',
  resource_violations: 'config rest_api',
  restapi: 'arcee auth bulldozer config herald insider katara metroculus',
  risp_scheduler: 'config rest_api',
  risp_worker: 'config rest_api',
  slacker: 'auth config rest_api',
  slacker_executor: 'auth config rest_api slacker',
  trapper_scheduler: 'config rest_api',
  trapper_worker: 'config rest_api',
  users_dataset_generator: 'config',
  webhook_executor: 'config rest_api',
};

/** Names of the client modules that the service's Dockerfile copies without declaring them. */
export function clientCopies(service: string): readonly string[] {
  const copied = Object.hasOwn(COPIES, service) ? COPIES[service] : undefined;
  return copied === undefined ? [] : copied.split(' ').map((client) => `${client}_client`);
}
