import { chooseBuilder } from '../../../buildspecs/job/buildkit';

const ONE = { name: 'auth', platforms: ['linux/amd64'] };
const TWO = { name: 'auth', platforms: ['linux/amd64', 'linux/arm64'] };

test.each([
  ['one platform, cache on the machine', { service: ONE, remoteCache: false, hasBuildx: true }, 'engine'],
  ['one platform, cache in a registry', { service: ONE, remoteCache: true, hasBuildx: true }, 'buildkit'],
  ['one platform, cache in a registry, no buildx', { service: ONE, remoteCache: true, hasBuildx: false }, 'engine'],
  ['two platforms', { service: TWO, remoteCache: false, hasBuildx: true }, 'buildkit'],
])('%s', (_, needs, builder) => {
  expect(chooseBuilder(needs).builder).toBe(builder);
});

test('further contexts without buildx are refused with the fix', () => {
  const service = { ...ONE, contexts: { shared: 'libs' } };
  expect(() => chooseBuilder({ service, remoteCache: false, hasBuildx: false })).toThrow(
    /services\.auth\.contexts: are named contexts, which take buildx.*install the plug-in/,
  );
  expect(chooseBuilder({ service, remoteCache: false, hasBuildx: true }).builder).toBe('engine');
});

test('two platforms without buildx are refused with the fix', () => {
  expect(() => chooseBuilder({ service: TWO, remoteCache: true, hasBuildx: false })).toThrow(
    /services\.auth\.platforms: asks for linux\/amd64 and linux\/arm64, which takes buildx.*install the plug-in/,
  );
});
