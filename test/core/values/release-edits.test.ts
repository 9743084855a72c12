import { InvalidInputError } from '../../../core/contract/errors';
import { releaseEdits, type ServiceVersion, writeVersions } from '../../../core/values/release-edits';

const CHART = [
  'tag: &tag v1.3.0',
  'restapi: {image: {repository: restapi, tag: *tag}}',
  'auth: {image: {repository: auth, tag: v1.3.0-dev}}',
  'mongo: {image: {repository: mongo, tag: *tag}}',
  'global: {imageTag: *tag}',
  '',
].join('\n');

function service(name: string, version: string, followsPlatform: boolean): ServiceVersion {
  return { name, version, values: [`${name}.image.tag`], followsPlatform };
}

test('a push gives literals to its services and leaves the anchor alone', () => {
  const edits = releaseEdits(CHART, 'values.yaml', { services: [service('restapi', 'v1.4.0-dev', false)] });
  expect(edits).toEqual([{ kind: 'literal', path: 'restapi.image.tag', tag: 'v1.4.0-dev' }]);
});

test('a release moves the anchor, lets its services follow it again and pins images that were not released', () => {
  const services = [service('restapi', 'v1.4.0', true), service('auth', 'v1.4.0', true)];
  expect(releaseEdits(CHART, 'values.yaml', { platformVersion: 'v1.4.0', services })).toEqual([
    { kind: 'anchor', anchor: 'tag', tag: 'v1.4.0' },
    { kind: 'follow', path: 'restapi.image.tag', anchor: 'tag' },
    { kind: 'follow', path: 'auth.image.tag', anchor: 'tag' },
    { kind: 'pin', path: 'mongo.image.tag' },
  ]);
});

test('every place that a release changes is listed, with how it changed', () => {
  const services = [service('restapi', 'v1.4.0', true), service('auth', 'v1.3.9', false)];
  const { changes } = writeVersions(CHART, 'values.yaml', { platformVersion: 'v1.4.0', services });
  expect(changes).toEqual([
    { path: 'tag', before: 'v1.3.0', after: 'v1.4.0', line: 1, how: 'anchor' },
    { path: 'restapi.image.tag', before: 'v1.3.0', after: 'v1.4.0', line: 2, how: 'follow' },
    { path: 'auth.image.tag', before: 'v1.3.0-dev', after: 'v1.3.9', line: 3, how: 'literal' },
    { path: 'mongo.image.tag', before: 'v1.3.0', after: 'v1.3.0', line: 4, how: 'pinned' },
    { path: 'global.imageTag', before: 'v1.3.0', after: 'v1.4.0', line: 5, how: 'along' },
  ]);
});

test('after any pushes, a release brings the file to where a release without them would have', () => {
  const released = {
    platformVersion: 'v1.4.0',
    services: ['restapi', 'auth', 'mongo'].map((name) => service(name, 'v1.4.0', true)),
  };
  const direct = writeVersions(CHART, 'values.yaml', released).text;
  let text = CHART;
  for (const [name, version] of [
    ['restapi', 'v1.4.0-dev'],
    ['mongo', 'v1.4.0-dev'],
    ['restapi', 'v1.4.0-dev-2'],
    ['auth', 'v1.4.0-dev'],
  ] as const) {
    text = writeVersions(text, 'values.yaml', { services: [service(name, version, false)] }).text;
  }
  expect(text).not.toContain('*tag}}');
  expect(writeVersions(text, 'values.yaml', released).text).toBe(direct);
});

test('all paths that are not there are listed at once, with their service', () => {
  const services = ['restapii', 'redis'].map((name) => service(name, 'v1.4.0', true));
  const refused = () => releaseEdits(CHART, 'chart/values.yaml', { platformVersion: 'v1.4.0', services });
  expect(refused).toThrow(InvalidInputError);
  expect(refused).toThrow(
    /^chart\/values\.yaml was left as it is:\n.*service restapii.*did you mean 'restapi'\?\n.*service redis.*only tag, restapi, auth, mongo, global$/,
  );
});

test('a service without a tag in the file needs none', () => {
  expect(
    releaseEdits(CHART, 'values.yaml', { services: [{ ...service('job', 'v1.4.0-dev', false), values: [] }] }),
  ).toEqual([]);
});
