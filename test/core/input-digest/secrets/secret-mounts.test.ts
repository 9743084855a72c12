import { ungivenSecrets } from '../../../../core/input-digest/secrets/secret-mounts';
import { inputsOf } from '../../../support/docker/docker-context';

const mountsOf = (text: string, service: object = {}) => inputsOf({ Dockerfile: text }, service).secretMounts;
const secret = (rest: string) => `RUN --mount=type=secret,${rest} x\n`;

test('the secrets of an image are those of the stages that it needs', () => {
  const text = `FROM scratch AS base\n${secret('id=a')}FROM scratch AS other\n${secret('id=b')}FROM base\n${secret('id=c,required')}`;
  expect(mountsOf(text)).toEqual([
    { id: 'a', line: 2, isRequired: false },
    { id: 'c', line: 6, isRequired: true },
  ]);
  expect(mountsOf(text, { target: 'other' }).map(({ id }) => id)).toEqual(['b']);
});

test('those of the tests count, too', () => {
  const text = `FROM scratch AS app\nFROM app AS tests\n${secret('id=a')}`;
  const app = { target: 'app' };
  expect(mountsOf(text, app)).toEqual([]);
  expect(mountsOf(text, { ...app, test: { target: 'tests' } }).map(({ id }) => id)).toEqual(['a']);
});

test('other mounts are no secrets, and a name that a variable decides is not guessed', () => {
  const text = `FROM scratch\nARG N=a\nRUN --mount=type=cache,id=a,target=/a --mount=type=tmpfs,target=/b x\n${secret('id=$N')}`;
  expect(mountsOf(text)).toEqual([]);
});

test('a secret that the service names is given', () => {
  const mounts = [
    { id: 'npm', line: 2, isRequired: true },
    { id: 'pypi', line: 3, isRequired: false },
  ];
  const missing = ungivenSecrets({ dockerfile: 'api/Dockerfile', secrets: ['npm'] }, mounts);
  expect(missing).toEqual([
    { isRequired: false, text: expect.stringMatching(/^api\/Dockerfile:3 mounts the secret pypi, which/) },
  ]);
});
