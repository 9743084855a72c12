/** CDK entry point: reads settings and catalog, makes the stack. Paths are in the context of `cdk.json`, from the project's folder. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { parseCatalog } from '../core/catalog/parse-catalog';
import { parseSettings } from '../core/settings';
import { checkDeployable, deployTarget } from '../lib/deployment';
import { PipelineStack } from '../lib/pipeline-stack';

const app = new App();
const readNamed = (name: string) => readFileSync(join(__dirname, '..', app.node.getContext(name)), 'utf8');

const settings = parseSettings(JSON.parse(readNamed('settings')));
const { stages, services } = parseCatalog(readNamed('catalog'));
const images = services.map((service) => service.image);
checkDeployable(settings, images);

new PipelineStack(app, 'ImagePipeline', { env: deployTarget(settings), settings, stages, images });
