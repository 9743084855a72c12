import { FORMER_RECIPES, RECIPE_VERSION } from '../../../core/contract/job-environment';
import type { ServiceInputs } from '../../../core/input-digest/inputs';
import { contentKeyOf } from '../../../core/planning/candidate';
import { formerContentKey, isDigestOf, recognizeFormer } from '../../../core/planning/former-records';
import type { LockEntry } from '../../../core/version/version-lock';
import { discover } from '../../support/docker/docker-context';

const [NOW, FORMER, OTHER] = ['1', '2', '3'].map((digit) => digit.repeat(40)) as [string, string, string];
const INPUTS = { inputDigest: NOW, former: { inputDigest: FORMER, recipe: [] } };
const ENTRY: LockEntry = { version: 'v1.0.0', digest: `sha256:${'a'.repeat(64)}`, inputDigest: FORMER, source: OTHER };

test.each([
  ['the present digest', NOW, true],
  ['the former digest', FORMER, true],
  ['another digest', OTHER, false],
])('%s is one of the inputs: %s %s', (_, digest, expected) => {
  expect(isDigestOf(INPUTS, digest)).toBe(expected);
});

test('without a former recipe, only the present digest is one of the inputs', () => {
  expect(isDigestOf({ inputDigest: NOW }, NOW)).toBe(true);
  expect(isDigestOf({ inputDigest: NOW }, FORMER)).toBe(false);
});

test('the former digest is made only for a record that has not the present one', () => {
  let made = 0;
  const inputs = {
    inputDigest: NOW,
    get former() {
      made += 1;
      return INPUTS.former;
    },
  };
  expect([isDigestOf(inputs, NOW), made]).toEqual([true, 0]);
  expect([isDigestOf(inputs, FORMER), made]).toEqual([true, 1]);
});

test('a lock keeps its records, and those of the former recipe have the present digest', () => {
  const lock = new Map([
    ['former', ENTRY],
    ['changed', { ...ENTRY, inputDigest: OTHER }],
    ['removed', ENTRY],
  ]);
  const inputs = new Map(['former', 'changed'].map((name) => [name, INPUTS as unknown as ServiceInputs]));
  expect([...recognizeFormer(lock, inputs)]).toEqual([
    ['former', { ...ENTRY, inputDigest: NOW }],
    ['changed', { ...ENTRY, inputDigest: OTHER }],
    ['removed', ENTRY],
  ]);
});

test('the former content key has the same base images', () => {
  const bases = { 'python:3': ENTRY.digest };
  const follows = { contentKey: contentKeyOf(NOW, bases), bases };
  expect(formerContentKey(INPUTS, { contentKey: NOW, bases })).toBe(FORMER);
  expect(formerContentKey(INPUTS, follows)).toBe(contentKeyOf(FORMER, bases));
  expect(formerContentKey({ inputDigest: NOW }, follows)).toBeUndefined();
});

describe('the digest of inputs', () => {
  it('by the former recipe is that of the version before, for images of the catalog, too', () => {
    const { inputs } = discover({
      files: {
        'base/Dockerfile': 'FROM scratch\nCOPY f /\n',
        'base/f': '1',
        'app/Dockerfile': 'FROM r/n/base:1\nCOPY g /\n',
        'app/g': '2',
      },
      services: ['base', 'app'].map((name) => ({ name, context: name, dockerfile: `${name}/Dockerfile` })),
      ownImages: new Map([['r/n/base', 'base']]),
      recipeVersion: RECIPE_VERSION,
    });
    expect(inputs.get('base')?.former?.inputDigest).toBe('433321bb60fdaa60503daa1908e8b48321e5028b');
    expect(inputs.get('app')?.former?.inputDigest).toBe('0f0adc08c410c07c2f127a502f2317945d23e3d7');
  });

  it('by a former recipe is known only if that recipe made the same images', () => {
    const former = (recipeVersion: string) =>
      discover({ files: { Dockerfile: 'FROM scratch\n' }, recipeVersion }).inputs.get('app')?.former;
    expect(former(RECIPE_VERSION)?.recipe).toContainEqual({ name: 'recipe', value: FORMER_RECIPES[RECIPE_VERSION] });
    expect(former('4')).toBeUndefined();
  });
});
