/** A small monorepo of modules: packages with and without tests, and one with names that shells find hard. */
import type { TestEntry } from '../../../support/git/git-repository';
import { CATALOG_FILE } from './sample-source';

/** A folder whose name would be a command, if anything took it for shell text. */
export const ODD_PATH = "tools/an odd; $(touch canary) 'lib' ü";

const setup = (name: string, version = '0.1.0') =>
  `from setuptools import setup\n\nsetup(\n    name='${name}',\n    version='${version}',\n    packages=['${name}'],\n    package_dir={'${name}': '.'},\n)\n`;
const init = (name: string) => `"""A module."""\nNAME = '${name}'\n`;

const PROJECT = `[build-system]
requires = ["setuptools"]
build-backend = "setuptools.build_meta"

[project]
name = "odd"
version = "0.1.0"

[tool.setuptools]
packages = ["odd"]
package-dir = { odd = "." }
`;

/** `lib` has tests that need `helper.py` of the repository, `plain` none, `odd` a build file of the newer kind, in an odd place. */
export const MODULE_FILES: Readonly<Record<string, TestEntry>> = {
  [CATALOG_FILE]: [
    'platform: v1.4.0',
    'modules:',
    '  lib: { path: tools/lib, publish: { package: shop-lib, minutes: 1 } }',
    '  clients/plain: { path: tools/plain, publish: true }',
    `  odd: { path: ${JSON.stringify(ODD_PATH)}, publish: true }`,
    `  commanded: { path: tools/commanded, publish: { test: { command: ['check it', '$(touch canary)', 'a b'] } } }`,
    '  unpublished: tools/lib/tests',
    'services:',
    '  api: { path: services/api, dependencies: [lib] }',
    '',
  ].join('\n'),
  'services/api/Dockerfile': 'FROM scratch\nCOPY tools /tools\n',
  'helper.py': 'EXPECTED = "lib"\n',
  'tools/lib/__init__.py': init('lib'),
  'tools/lib/setup.py': setup('shop_lib'),
  'tools/lib/README.md': '# lib\n',
  'tools/lib/run.sh': { mode: '100755', content: '#!/bin/sh\n' },
  'tools/lib/link': { mode: '120000', content: '__init__.py' },
  'tools/lib/tests/test_lib.py':
    'import shop_lib\n\n\ndef test_names_the_module():\n    with open("helper.py") as helper:\n        assert shop_lib.NAME in helper.read()\n',
  'tools/commanded/__init__.py': init('commanded'),
  'tools/commanded/setup.py': setup('commanded'),
  'tools/plain/__init__.py': init('plain'),
  'tools/plain/setup.py': setup('plain', '1.2.0rc1'),
  [`${ODD_PATH}/__init__.py`]: init('odd'),
  [`${ODD_PATH}/pyproject.toml`]: PROJECT,
  [`${ODD_PATH}/test-requirements.txt`]: '',
  [`${ODD_PATH}/odd_test.py`]: 'import odd\n\n\ndef test_names_the_module():\n    assert odd.NAME == "odd"\n',
};
