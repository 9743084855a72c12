import { builderArguments } from '../../../buildspecs/job/buildkit';
import { buildImages } from '../../../core/image/build-images';

const job = { candidate: 'registry.example/candidates:a', mirrors: {}, buildImages: buildImages({}) };

test("BuildKit gets the proxy of the machine, each value as one field of its option's CSV", () => {
  const env = { HTTPS_PROXY: 'http://proxy.internal:3128', NO_PROXY: '.internal,.amazonaws.com' };
  const found = builderArguments(job, 'buildkitd.toml', env).filter((argument) => argument.includes('PROXY'));
  expect(found).toEqual([
    '--driver-opt="env.HTTPS_PROXY=http://proxy.internal:3128"',
    '--driver-opt="env.NO_PROXY=.internal,.amazonaws.com"',
  ]);
});

test('without a proxy it gets none', () => {
  expect(builderArguments(job, 'buildkitd.toml', {}).join()).not.toContain('PROXY');
});
