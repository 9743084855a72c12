import { mirrorConfig, mirrored } from '../../../buildspecs/job/base-images';

const MIRRORS = { 'docker.io': 'mirror.example/hub', 'quay.io': 'mirror.example' };
const DIGEST = `sha256:${'1'.repeat(64)}`;

test.each([
  ['python:3.12', 'mirror.example/hub/library/python:3.12'],
  ['team/app', 'mirror.example/hub/team/app'],
  [`index.docker.io/team/app@${DIGEST}`, `mirror.example/hub/team/app@${DIGEST}`],
  ['quay.io/team/app:1', 'mirror.example/team/app:1'],
  ['ghcr.io/team/app:1', undefined],
  ['constructor/app:1', 'mirror.example/hub/constructor/app:1'],
])('%s is at %s', (reference, at) => {
  expect(mirrored(reference, MIRRORS)).toBe(at);
});

test('BuildKit gets every mirror, and an empty configuration without mirrors', () => {
  expect(mirrorConfig(MIRRORS)).toBe(
    '[registry."docker.io"]\n  mirrors = ["mirror.example/hub"]\n[registry."quay.io"]\n  mirrors = ["mirror.example"]\n',
  );
  expect(mirrorConfig({})).toBe('');
});
