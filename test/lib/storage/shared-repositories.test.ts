/** Several pipelines in one app, by the repositories of their releases. */
import { Stack } from 'aws-cdk-lib';
import { ImagePipeline } from '../../../lib';
import { quickApp } from '../synthesized';

/** Synthesizes a pipeline of one image for each place. */
function synth(...places: readonly (readonly [account: string, namespace: string, image: string])[]) {
  const app = quickApp();
  places.forEach(([account, namespace, image], index) => {
    const stack = new Stack(app, `Stack${index}`, { env: { account, region: 'eu-central-1' } });
    new ImagePipeline(stack, 'Pipeline', {
      settings: {
        git: { host: 'github', repository: `team/repository-${index}` },
        valuesFile: 'values.yaml',
        releases: { host: 'ecr', namespace },
        candidates: { host: 'ecr', repository: `candidates-${index}` },
      },
      catalog: { platform: 'v1.0.0', services: { [image]: image } },
    });
  });
  return () => app.synth();
}

const ONE = '111122223333';

test('pipelines with other images, namespaces or accounts are synthesized', () => {
  const second = '444455556666';
  expect(
    synth([ONE, 'shop', 'api'], [ONE, 'shop', 'web'], [ONE, 'shop-eu', 'api'], [second, 'shop', 'api']),
  ).not.toThrow();
});

test('two that release the same image into one namespace are refused, with the repository', () => {
  expect(synth([ONE, 'shop', 'api'], [ONE, 'shop', 'api'])).toThrow(
    `Stack1/Pipeline releases into ${ONE}.dkr.ecr.eu-central-1/shop/api, too, and both could give the same version`,
  );
});
