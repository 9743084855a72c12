import fc from 'fast-check';
import { Parser } from 'yaml';
import { InvalidInputError } from '../../../../core/contract/errors';
import type { TagPlace } from '../../../../core/contract/image';
import { openValues } from '../../../../core/values/edit-values';
import { missingTags } from '../../../../core/values/files/locate-tag';
import { openFiles, type ValuesFile } from '../../../../core/values/files/values-files';
import { writeFiles, writeVersions } from '../../../../core/values/release-edits';
import { runs } from '../../../support/property-runs';

const API = { name: 'api', path: 'charts/api/values.yaml' };
const WEB = { name: 'web', path: 'charts/web/values.yaml' };
const ALL = { name: 'all', path: 'charts/shop/values.yaml' };
const FILES = [API, WEB, ALL];
const only = (...values: readonly ValuesFile[]) => ({ values, charts: [] });
const TEXTS = new Map([
  [API.path, '# API\nimage: { tag: v1.3.0 } # its own\njob: { tag: v1.3.0 }\n'],
  [WEB.path, 'image:\n  tag: "v1.3.0"\n'],
  [ALL.path, 'tag: &tag v1.3.0\nmongo: { image: { tag: *tag } }\n'],
]);

const service = (name: string, values: readonly TagPlace[], version = 'v1.4.0', followsPlatform = false) => ({
  name,
  version,
  values,
  followsPlatform,
});

function problemsOf(
  services: readonly ReturnType<typeof service>[],
  texts = TEXTS,
  files: readonly ValuesFile[] = FILES,
): string[] {
  try {
    writeFiles(only(...files), texts, { services });
  } catch (error) {
    if (error instanceof InvalidInputError) return error.problems.map(({ path, message }) => `${path}: ${message}`);
    throw error;
  }
  return [];
}

test('each tag is written in its own file, and every other byte of all files stays', () => {
  const services = [
    service('api', [{ file: 'api', path: 'image.tag' }, 'job.tag']),
    service('mongo', ['mongo.image.tag'], 'v7.0.0'),
  ];

  const { files, changes } = writeFiles(only(...FILES), TEXTS, { services });

  expect(files).toEqual([
    { path: API.path, content: '# API\nimage: { tag: v1.4.0 } # its own\njob: { tag: v1.4.0 }\n' },
    { path: WEB.path, content: TEXTS.get(WEB.path) },
    { path: ALL.path, content: 'tag: &tag v1.3.0\nmongo: { image: { tag: v7.0.0 } }\n' },
  ]);
  expect(changes.map(({ path, after }) => `${path} ${after}`)).toEqual([
    `${API.path}: image.tag v1.4.0`,
    `${API.path}: job.tag v1.4.0`,
    `${ALL.path}: mongo.image.tag v7.0.0`,
  ]);
});

test('a release moves the anchor of each file that has one', () => {
  const services = [service('web', [{ file: 'web', path: 'image.tag' }], 'v1.4.0', true)];
  const { files } = writeFiles(only(...FILES), TEXTS, { platformVersion: 'v1.4.0', services });

  expect(files[1]?.content).toBe('image:\n  tag: "v1.4.0"\n');
  expect(files[2]?.content).toContain('tag: &tag v1.4.0');
});

describe('refused, with all problems of all files, is', () => {
  test('a tag that is in two files, with the line for the catalog', () => {
    expect(problemsOf([service('api', ['image.tag'])])).toEqual([
      'image.tag: (tag of service api) is in api (charts/api/values.yaml), web (charts/web/values.yaml); name the file of the service in the catalog, as in values: { api: image.tag }',
    ]);
  });

  test('a tag that no file has, with the reason for each', () => {
    const [problem] = problemsOf([service('api', ['image.tga'])]);
    expect(problem).toMatch(/^image\.tga: \(tag of service api\) is in none of api \(charts\/api\/values\.yaml\), web/);
    expect(problem).toContain("in api it does not exist: 'image' has no 'tga', only tag");
    expect(problem).toMatch(/correct `values` in the catalog$/);
  });

  test('a name that no file has, and a file without a name', () => {
    const place = [{ file: 'wbe', path: 'image.tag' }];
    expect(problemsOf([service('web', place)])[0]).toContain("the values file 'wbe', and the environment has api (");
    expect(problemsOf([service('web', place)], TEXTS, [{ path: WEB.path }])[0]).toContain(
      '"values": { "wbe": "charts/web/values.yaml" }',
    );
  });

  test('a damaged file beside another one, both with their paths', () => {
    const texts = new Map([...TEXTS, [API.path, 'a: [\n'], [WEB.path, '<<<<<<< ours\n']]);
    expect(problemsOf([], texts).map((problem) => problem.split(':')[0])).toEqual([API.path, WEB.path]);
  });

  test('one tag of two services, found by different places', () => {
    const twice = [service('a', [{ file: 'api', path: 'job.tag' }], 'v1'), service('b', ['job.tag'], 'v2')];
    expect(problemsOf(twice)[0]).toMatch(/^charts\/api\/values\.yaml: job\.tag: /);
  });
});

test('a file is parsed once, and once more as a proof, however many services have their tags in it', () => {
  const names = Array.from({ length: 30 }, (_, index) => `s${index}`);
  const text = names.map((name) => `${name}: { image: { tag: v1.3.0 } }\n`).join('');
  const parsed = jest.spyOn(Parser.prototype, 'parse');
  const services = names.map((name) => service(name, [`${name}.image.tag`]));

  const { files } = writeFiles(only(API, ALL), new Map([...TEXTS, [API.path, text]]), { services });

  expect(files[0]?.content).toBe(text.replaceAll('v1.3.0', 'v1.4.0'));
  expect(parsed).toHaveBeenCalledTimes(3);
  parsed.mockRestore();
});

test('the only file of an environment is written as if it were alone', () => {
  const names = fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd'), { minLength: 1 });
  fc.assert(
    fc.property(names, fc.boolean(), (chosen, isWhole) => {
      const text = `tag: &tag v1.3.0\n${['a', 'b', 'c', 'd'].map((name) => `${name}: { image: { tag: *tag } }\n`).join('')}`;
      const services = chosen.map((name) => ({
        ...service(name, [], 'v1.4.0', isWhole),
        values: [`${name}.image.tag`],
      }));
      const versions = { ...(isWhole ? { platformVersion: 'v1.4.0' } : {}), services };
      const alone = writeVersions(openValues(text, 'v.yaml'), versions);

      const { files, changes } = writeFiles(only({ path: 'v.yaml' }), new Map([['v.yaml', text]]), versions);

      expect({ text: files[0]?.content, changes }).toEqual(alone);
    }),
    { numRuns: runs(50) },
  );
});

test('places without a tag are listed with their file, if it is known', () => {
  const services = [service('api', [{ file: 'api', path: 'image.tga' }, 'image.tag', 'job.tag'])];
  expect(missingTags(services, openFiles(FILES, TEXTS))).toEqual([
    { service: 'api', file: API.path, place: 'image.tga', why: expect.stringContaining('only tag') },
    { service: 'api', place: 'image.tag', why: expect.stringContaining('is in api (') },
  ]);
});
