/** A module of the sample: a Python package whose folder is the package, as in the real monorepo. */
import type { Module } from '../../core/catalog/catalog';
import { identifier, lines, type SampleFile } from './sample-file';

/** The file of a module that its users import: `client.py` in a client, else named as the module. */
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
