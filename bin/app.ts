/** CDK entry point: one stack with one pipeline, made from the files that `cdk.json` names. */
import { App, Stack } from 'aws-cdk-lib';
import { messageOf } from '../core/contract/errors';
import { readDeployment } from '../lib/deployment-files';
import { ImagePipeline } from '../lib/image-pipeline';
import { STACK_DESCRIPTION } from '../lib/pipeline';

try {
  const app = new App();
  const { name, env, settings, catalog } = readDeployment(app.node);
  const stack = new Stack(app, name, { env, description: STACK_DESCRIPTION });
  new ImagePipeline(stack, 'Default', { settings, catalog });
} catch (error) {
  console.error(messageOf(error));
  process.exit(1);
}
