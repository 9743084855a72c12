import { isWholeRelease } from '../../../../core/modules/ecosystem';
import { parsePackageFile } from '../../../../core/modules/python/package';
import { PYTHON } from '../../../../core/modules/python/python';

describe('the name of a file', () => {
  it.each([
    ['cloud_adapter-0.1.0.dev7-py3-none-any.whl', 'cloud_adapter', '0.1.0.dev7', 'py3'],
    ['six-1.16.0-py2.py3-none-any.whl', 'six', '1.16.0', 'py2.py3'],
    ['cryptography-41.0-1build-cp37-abi3-manylinux_2_28_x86_64.whl', 'cryptography', '41.0', 'cp37'],
    ['numpy-1.26.4-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl', 'numpy', '1.26.4', 'cp312'],
    ['zope.interface-6.1-cp311-cp311-linux_aarch64.whl', 'zope.interface', '6.1', 'cp311'],
    ['a-2!1.0+local.1-py3-none-any.whl', 'a', '2!1.0+local.1', 'py3'],
  ])('%s is a wheel', (name, of, version, python) => {
    expect(parsePackageFile(name)).toEqual({ kind: 'wheel', package: of, version, python });
  });

  it.each([
    ['cloud_adapter-0.1.0.dev7.tar.gz', 'cloud_adapter', '0.1.0.dev7'],
    ['restapi-client-0.1.0.dev7.tar.gz', 'restapi-client', '0.1.0.dev7'],
    ['zope.interface-6.1.tar.gz', 'zope.interface', '6.1'],
    ['a-2!1.0.post1.tar.gz', 'a', '2!1.0.post1'],
  ])('%s is a source distribution', (name, of, version) => {
    expect(parsePackageFile(name)).toEqual({ kind: 'sdist', package: of, version });
  });

  it.each([
    '',
    'cloud_adapter.whl',
    'cloud_adapter-0.1.0.whl',
    'cloud_adapter-0.1.0-py3-none-any.whl.asc',
    'cloud_adapter-0.1.0.zip',
    'cloud_adapter-0.1.0.tar.gz\n',
    'a-1.0\n-py3-none-any.whl',
    '../a-1.0.tar.gz',
    'a/../../b-1.0.tar.gz',
    '/etc/a-1.0-py3-none-any.whl',
    'a\\b-1.0.tar.gz',
    '-1.0.tar.gz',
    '--index-url-1.0.tar.gz',
    '.a-1.0.tar.gz',
    'a-.tar.gz',
    'a-1.0-py3-none-any.whl\0.tar.gz',
    'a<b>-1.0.tar.gz',
    'a"-1.0-py3-none-any.whl',
    'a b-1.0.tar.gz',
    'ä-1.0.tar.gz',
    'index.html',
  ])('%j is neither', (name) => {
    expect(parsePackageFile(name)).toBeUndefined();
  });

  it.each([
    'a-'.repeat(100_000),
    `${'a-1'.repeat(100_000)}.tar.g`,
    `a-${'1'.repeat(200_000)}`,
    `a-1-${'b-'.repeat(100_000)}.whl`,
  ])('is read in linear time', (name) => {
    const started = performance.now();
    expect(parsePackageFile(name)).toBeUndefined();
    expect(performance.now() - started).toBeLessThan(1000);
  });
});

test.each([
  [['a-1.tar.gz', 'a-1-py3-none-any.whl'], true],
  [['a-1-py3-none-any.whl', 'a-1.tar.gz', 'a-1.tar.gz.asc'], true],
  [['a-1.tar.gz'], false],
  [['a-1-py3-none-any.whl'], false],
  [['a-1.zip', 'a-1.egg'], false],
  [[], false],
])('%j is a whole release: %s', (files, whole) => {
  expect(isWholeRelease(PYTHON, files)).toBe(whole);
});
