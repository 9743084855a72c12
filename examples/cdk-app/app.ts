/** A CDK app of its own that contains the pipeline, beside whatever else the team deploys. */
import { App, CfnOutput, Stack, Tags } from 'aws-cdk-lib';
import { AccountPrincipal, Role } from 'aws-cdk-lib/aws-iam';
import { ImagePipeline } from 'monorepo-image-pipeline';

const app = new App();
const stack = new Stack(app, 'Delivery', { description: 'How the team delivers' });
Tags.of(stack).add('team', 'shop');

const pipeline = new ImagePipeline(stack, 'Shop', {
  settings: {
    git: { host: 'github', repository: 'team/shop' },
    valuesFile: 'chart/values.yaml',
    releases: { host: 'ecr', namespace: 'shop' },
    candidates: { host: 'ecr', repository: 'shop-candidates' },
  },
  // Or the file of the monorepo: readFileSync('../shop/pipeline.yaml', 'utf8')
  catalog: {
    platform: 'v1.0.0',
    stages: [{ name: 'backend' }, { name: 'frontend', needs: ['backend'] }],
    services: {
      api: { stage: 'backend', priority: 'P0', minutes: 6 },
      worker: 'backend/worker',
      web: { path: 'frontend', stage: 'frontend', values: 'web.image.tag' },
    },
  },
});

new ImagePipeline(stack, 'Bank', {
  settings: {
    git: { host: 'gitlab', repository: 'team/bank' },
    releases: { host: 'ecr', namespace: 'bank' },
    candidates: { host: 'ecr', repository: 'bank-candidates' },
  },
  catalog: { platform: 'v2.3.0', services: { ledger: null } },
});

const operator = new Role(stack, 'Operator', { assumedBy: new AccountPrincipal(stack.account) });
pipeline.grantStart(operator);
new CfnOutput(stack, 'OperatorRole', { value: operator.roleArn });
