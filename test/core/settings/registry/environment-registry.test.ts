import * as fc from 'fast-check';
import { parseSettings } from '../../../../core/settings/parse-settings';
import { immutableTags, loginHosts } from '../../../../core/settings/registry/environment-registry';

const base = {
  git: { host: 'github', repository: 'team/monorepo' },
  releases: { host: 'ecr', namespace: 'shop' },
  candidates: { host: 'ecr', repository: 'candidates/shop' },
};

function withRegistries(...registries: readonly object[]) {
  const environments = registries.map((registry, index) => ({ name: `e${index}`, values: `${index}.yaml`, registry }));
  return () => parseSettings({ ...base, environments });
}

test('a registry has an hour for its images unless the settings say otherwise', () => {
  const settings = withRegistries({ host: 'ghcr.io', namespace: 'team' })();
  expect(settings.environments[0]?.registry).toEqual({
    host: 'ghcr.io',
    namespace: 'team',
    minutes: 60,
    arrives: 'copy',
  });
});

test.each([
  [{ host: 'ecr', namespace: 'shop' }, 'e0.*ecr/shop is where the releases are; leave registry out'],
  [{ host: 'ecr', namespace: 'shop/live' }, 'contain each other; name a namespace beside it'],
  [{ host: 'ecr', namespace: 'candidates' }, 'ecr/candidates contains the candidates ecr/candidates/shop'],
  [{ host: 'https://ghcr.io', namespace: 'team' }, 'registry.host: must be a host name'],
  [{ host: 'ghcr.io', namespace: 'Team' }, 'registry.namespace: must be a repository name'],
  [{ host: 'ghcr.io' }, 'registry.namespace: is missing'],
  [{ host: 'ghcr.io', namespace: 'team', minutes: 0 }, 'registry.minutes'],
  [{ host: 'ghcr.io', namespace: 'team', pullAccounts: [] }, 'registry.pullAccounts: is not a setting'],
])('%j is refused', (registry, message) => {
  expect(withRegistries(registry)).toThrow(new RegExp(message.replace('e0.*', 'environments.0.registry.namespace: ')));
});

test('two environments may share a place, but not one within the other', () => {
  const staging = { host: 'ghcr.io', namespace: 'team' };
  expect(withRegistries(staging, staging)).not.toThrow();
  expect(withRegistries(staging, { host: 'ghcr.io', namespace: 'team/live' })).toThrow(
    "environments.1.registry.namespace: ghcr.io/team/live and ghcr.io/team of environment 'e0' contain each other",
  );
});

test('no image can be in the repositories of two places', () => {
  const name = fc.array(fc.constantFrom('a', 'b', 'shop', 'candidates'), { minLength: 1, maxLength: 3 });
  const place = fc.record({ host: fc.constantFrom('ecr', 'ghcr.io'), namespace: name.map((parts) => parts.join('/')) });
  fc.assert(
    fc.property(place, place, name, (one, other, image) => {
      const places = [base.releases, one, other];
      try {
        withRegistries(one, other)();
      } catch {
        return;
      }
      const names = new Set(places.map(({ host, namespace }) => `${host}/${namespace}`));
      const repository = `${one.host}/${one.namespace}/${image.join('/')}`;
      const holders = [...names].filter((each) => repository.startsWith(`${each}/`));
      expect(holders).toHaveLength(1);
    }),
  );
});

test('logins are needed for every registry but ECR', () => {
  const settings = withRegistries(
    { host: 'ghcr.io', namespace: 'team' },
    { host: '444455556666.dkr.ecr.eu-west-1.amazonaws.com', namespace: 'shop' },
    { host: 'quay.io', namespace: 'team' },
    { host: 'ghcr.io', namespace: 'team' },
  )();
  expect(loginHosts(settings)).toEqual(['ghcr.io', 'quay.io']);
});

test('versions are write-once in the repositories of every environment', () => {
  const isImmutable = immutableTags(withRegistries({ host: '127.0.0.1:5000', namespace: 'live' })());
  expect(['live/auth', 'shop/auth', 'other/auth'].map((name) => isImmutable(name, 'v1.4.0'))).toEqual([
    true,
    true,
    false,
  ]);
  expect(isImmutable('live/auth', `in-${'a'.repeat(40)}`)).toBe(false);
});

const HOST = '444455556666.dkr.ecr.eu-west-1.amazonaws.com';
const role = { arn: 'arn:aws:iam::444455556666:role/images', externalId: 'shop' };

test.each([
  [{ host: HOST, role: { arn: 'images' } }, 'registry.role.arn: must be the ARN of an IAM role'],
  [{ host: HOST, role: { ...role, externalId: 'a b' } }, 'registry.role.externalId: must be an external id'],
  [{ host: 'ghcr.io', role }, 'registry.role: is for ECR in another account, and the registry is ghcr.io'],
  [{ host: 'ecr', role }, 'registry.role: is for ECR in another account, and the registry is ecr'],
  [
    { host: HOST.replace('4444', '7777'), role },
    'registry.role.arn: is a role of another account than the registry 777755556666',
  ],
])('the role of %j is refused', (registry, message) => {
  expect(withRegistries({ namespace: 'live', ...registry })).toThrow(message);
});

test('a registry has one role in all environments', () => {
  const one = { host: HOST, namespace: 'live', role };
  expect(withRegistries(one, one)).not.toThrow();
  expect(withRegistries(one, { host: HOST, namespace: 'live' })).toThrow(
    `environments.1.registry.role: differs from that of environment 'e0', which has the same registry ${HOST}`,
  );
});

test.each([
  [
    { host: HOST, namespace: 'live' },
    'registry.namespace: is live, but replicated repositories keep their names; write shop',
  ],
  [
    { host: 'ghcr.io', namespace: 'shop' },
    'registry.arrives: is replication, which ECR does between its own registries',
  ],
  [{ host: 'ecr', namespace: 'shop' }, 'registry.host: is ecr, from which images are replicated'],
])('a replication to %j is refused', (registry, message) => {
  expect(withRegistries({ ...registry, arrives: 'replication' })).toThrow(message);
});

test('a replication keeps the namespace of the releases', () => {
  expect(withRegistries({ host: HOST, namespace: 'shop', arrives: 'replication' })).not.toThrow();
});
