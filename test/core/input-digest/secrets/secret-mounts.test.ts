import { ungivenSecrets } from '../../../../core/input-digest/secrets/secret-mounts';
import { inputsOf } from '../../../support/docker/docker-context';

const mountsOf = (text: string, service: object = {}) => inputsOf({ Dockerfile: text }, service).secretMounts;
const secret = (rest: string) => `RUN --mount=type=secret,${rest} x\n`;

test('the secrets of an image are those of the stages that it needs', () => {
  const text = `FROM scratch AS base\n${secret('id=a')}FROM scratch AS other\n${secret('id=b')}FROM base\n${secret('id=c,required')}`;
  expect(mountsOf(text)).toEqual([
    { kind: 'secret', id: 'a', line: 2, isRequired: false },
    { kind: 'secret', id: 'c', line: 6, isRequired: true },
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

test('an ssh agent without an id is the default one', () => {
  const text = 'FROM scratch\nRUN --mount=type=ssh x\nRUN --mount=type=SSH,id=libs,target=/a,required x\n';
  expect(mountsOf(text)).toEqual([
    { kind: 'ssh', id: 'default', line: 2, isRequired: false },
    { kind: 'ssh', id: 'libs', line: 3, isRequired: true },
  ]);
});

test('what the service names is given, a secret is no agent, and the other way around', () => {
  const mount = (kind: 'secret' | 'ssh', id: string) => ({ kind, id, line: 2, isRequired: true });
  const service = { dockerfile: 'api/Dockerfile', secrets: ['npm'], ssh: { default: 'deploy' } };
  const missing = (kind: 'secret' | 'ssh', id: string) =>
    ungivenSecrets(service, [mount(kind, id)]).map(({ text }) => text);

  expect(missing('secret', 'npm')).toEqual([]);
  expect(missing('ssh', 'default')).toEqual([]);
  expect(missing('secret', 'deploy')).toEqual([
    expect.stringMatching(/^api\/Dockerfile:2 mounts the secret deploy, which/),
  ]);
  expect(missing('ssh', 'npm')).toEqual([expect.stringMatching(/^api\/Dockerfile:2 mounts the ssh agent npm, which/)]);
});
