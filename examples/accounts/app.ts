/** A pipeline in one account, and the registries of its environments in two others. */
import { App, Stack } from 'aws-cdk-lib';
import { EnvironmentRegistry, ImagePipeline } from 'monorepo-image-pipeline';

export const app = new App();

/** The output ReleaseRoleArn of the stack Delivery. Deploy that one first, without the registries. */
const releaseRoleArn = 'arn:aws:iam::111122223333:role/Delivery-PipelineReleaseRole-EXAMPLE';

const staging = new Stack(app, 'StagingImages', { env: { account: '222233334444', region: 'eu-central-1' } });
new EnvironmentRegistry(staging, 'Registry', {
  namespace: 'shop',
  releaseRoleArn,
  access: 'policies',
  images: ['api', 'web'],
});

const production = new Stack(app, 'ProductionImages', { env: { account: '444455556666', region: 'eu-west-1' } });
new EnvironmentRegistry(production, 'Registry', {
  namespace: 'shop',
  releaseRoleArn,
  externalId: 'shop',
  organizationId: 'o-a1b2c3d4e5',
});

const delivery = new Stack(app, 'Delivery', { env: { account: '111122223333', region: 'eu-central-1' } });
new ImagePipeline(delivery, 'Pipeline', {
  settings: {
    git: { host: 'github', repository: 'team/shop' },
    releases: { host: 'ecr', namespace: 'shop' },
    candidates: { host: 'ecr', repository: 'shop-candidates' },
    environments: [
      {
        name: 'staging',
        values: 'chart/values-staging.yaml',
        registry: { host: '222233334444.dkr.ecr.eu-central-1.amazonaws.com', namespace: 'shop' },
      },
      {
        name: 'production',
        values: 'chart/values-production.yaml',
        // The output RegistrySettings of the stack ProductionImages.
        registry: {
          host: '444455556666.dkr.ecr.eu-west-1.amazonaws.com',
          namespace: 'shop',
          role: { arn: 'arn:aws:iam::444455556666:role/ProductionImages-RegistryRole-EXAMPLE', externalId: 'shop' },
        },
      },
    ],
  },
  catalog: { platform: 'v1.0.0', services: { api: 'api', web: 'web' } },
});
