import { builtPackage } from '../../../../core/modules/python/package';

const WANTED = { package: 'Cloud-Adapter', version: '0.1.0.dev7' };
const SDIST = 'cloud_adapter-0.1.0.dev7.tar.gz';
const WHEEL = 'cloud_adapter-0.1.0.dev7-py3-none-any.whl';

test('a wheel and a source distribution of the package can be published in any order and spelling', () => {
  const built = { version: '0.1.0.dev7', wheel: WHEEL, sdist: SDIST };

  expect(builtPackage([SDIST, WHEEL], WANTED)).toEqual(built);
  expect(builtPackage([WHEEL, 'Cloud.Adapter-0.1.0.dev7.tar.gz'], WANTED)).toEqual({
    ...built,
    sdist: 'Cloud.Adapter-0.1.0.dev7.tar.gz',
  });
});

const NOT_PLANNED =
  'but 0.1.0.dev7 was planned; let the build take the version that pyproject.toml, setup.py or setup.cfg declares, and change it nowhere else';

test.each<[string, readonly string[], readonly string[]]>([
  [
    'nothing',
    [],
    [
      'the build made 0 files that are a wheel; it must make one',
      'the build made 0 files that are a sdist; it must make one',
    ],
  ],
  ['no sdist', [WHEEL], ['the build made 0 files that are a sdist; it must make one']],
  [
    'two wheels',
    [SDIST, WHEEL, WHEEL.replace('py3', 'py2')],
    ['the build made 2 files that are a wheel; it must make one'],
  ],
  ['something else', [SDIST, WHEEL, 'notes.txt'], ["'notes.txt' is neither a wheel nor an sdist"]],
  [
    'another package',
    [SDIST.replace('cloud', 'Cloud_V2'), WHEEL],
    [
      "'Cloud_V2_adapter-0.1.0.dev7.tar.gz' belongs to the package cloud-v2-adapter, but the catalog names Cloud-Adapter; write `publish: { package: cloud-v2-adapter }` there",
    ],
  ],
  [
    'another version',
    [SDIST.replace('dev7', 'dev8'), WHEEL.replace('dev7', 'dev8')],
    [
      `'cloud_adapter-0.1.0.dev8.tar.gz' has version 0.1.0.dev8, ${NOT_PLANNED}`,
      `'cloud_adapter-0.1.0.dev8-py3-none-any.whl' has version 0.1.0.dev8, ${NOT_PLANNED}`,
    ],
  ],
  [
    'a version that the build took from elsewhere',
    [SDIST.replace('.dev7', ''), WHEEL],
    [
      `'cloud_adapter-0.1.0.tar.gz' has version 0.1.0, ${NOT_PLANNED}`,
      'the wheel has version 0.1.0.dev7, the sdist 0.1.0; they must be the same',
    ],
  ],
  [
    'versions that differ',
    [SDIST.replace('0.1.0', '0.2.0'), WHEEL],
    [
      `'cloud_adapter-0.2.0.dev7.tar.gz' has version 0.2.0.dev7, ${NOT_PLANNED}`,
      'the wheel has version 0.1.0.dev7, the sdist 0.2.0.dev7; they must be the same',
    ],
  ],
])('%s is refused with all problems', (_what, files, problems) => {
  expect(() => builtPackage(files, WANTED)).toThrow(
    expect.objectContaining({
      name: 'PackageIndexError',
      message: `the package cannot be published: ${problems.join('; ')}`,
    }),
  );
});
