import { checkInputDigest } from '../../../buildspecs/job/read-source';
import { RECIPE_VERSION } from '../../../core/contract/job-environment';
import { discover } from '../../support/docker/docker-context';

const { inputs } = discover({
  files: { Dockerfile: 'FROM scratch\nCOPY f /\n', f: '1' },
  recipeVersion: RECIPE_VERSION,
});
const app = inputs.get('app');

test.each([
  ['the present recipe', app?.inputDigest],
  ['the former recipe, in a run that an upgrade found open', app?.former?.inputDigest],
])('a job builds what was planned by %s', (_, inputDigest = '') => {
  expect(inputDigest).toMatch(/^[0-9a-f]{40}$/);
  expect(checkInputDigest(inputs, { service: 'app', inputDigest })).toBe(app);
});

test('a job refuses any other content', () => {
  expect(() => checkInputDigest(inputs, { service: 'app', inputDigest: 'f'.repeat(40) })).toThrow(
    expect.objectContaining({ name: 'InputDigestMismatch' }),
  );
});
