import { secretPlaces, secretVariables } from '../../../../buildspecs/job/secrets/secret-places';
import { InvalidInputError } from '../../../../core/contract/errors';

const PLACES = { npm: 'env:NPM_TOKEN', deploy: 'file:/keys/deploy', other: 'env:OTHER' };

test('a build gets the places of its own secrets and keys, by their ids', () => {
  const service = { name: 'api', secrets: ['npm'], ssh: { default: 'deploy', libs: 'deploy' } };
  expect(secretPlaces(service, PLACES)).toEqual({
    secrets: [['npm', 'env:NPM_TOKEN']],
    ssh: [
      ['default', 'file:/keys/deploy'],
      ['libs', 'file:/keys/deploy'],
    ],
  });
  expect(secretPlaces({ name: 'web' }, PLACES)).toEqual({ secrets: [], ssh: [] });
});

test('all that the settings do not have is told at once', () => {
  const service = { name: 'api', secrets: ['npm', 'gem', 'constructor'], ssh: { default: 'key' } };
  const refused = () => secretPlaces(service, PLACES);

  expect(refused).toThrow(InvalidInputError);
  expect(refused).toThrow(/services\.api\.secrets: .*'gem'[\s\S]*'constructor'[\s\S]*services\.api\.ssh: .*'key'/);
});

test('variables with secrets are those of all services', () => {
  expect(secretVariables(PLACES)).toEqual(['NPM_TOKEN', 'OTHER']);
});
