/** Reads a buildspec at synth, so that template, tests and the local runtime all have the text of the same file. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BuildSpec } from 'aws-cdk-lib/aws-codebuild';
import { parse } from 'yaml';
import { PROJECT_FOLDER } from './bundle';

/** The buildspec in `buildspecs/<name>.yml`, inline in the project. */
export function loadBuildSpec(name: string): BuildSpec {
  return BuildSpec.fromObjectToYaml(parse(readFileSync(join(PROJECT_FOLDER, 'buildspecs', `${name}.yml`), 'utf8')));
}
