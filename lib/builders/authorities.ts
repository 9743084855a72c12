/** The private certificate authorities of the settings, as functions and builds get them. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { App } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Code, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { type Problem, unreadableFile } from '../../core/contract/errors';
import { AUTHORITIES_ENV } from '../../core/contract/job-environment';
import { AUTHORITIES_FILE, readAuthorities } from '../../core/settings/network/authorities';
import type { Settings } from '../../core/settings/schema';

/** A layer for functions, and a file in the bootstrap bucket for builds. Both have only what is needed to trust a server. */
export class Authorities extends Construct {
  readonly layer: LayerVersion;
  private readonly asset: Asset;

  /** `path` is that of a checked PEM file. */
  constructor(scope: Construct, id: string, path: string) {
    super(scope, id);
    // A layer is a folder, and the file's own folder may have anything beside it.
    const folder = join(App.of(this)?.outdir ?? '', `authorities-${this.node.addr}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, AUTHORITIES_FILE), readFileSync(path));
    this.layer = new LayerVersion(this, 'Layer', {
      description: 'Private certificate authorities',
      code: Code.fromAsset(folder),
    });
    this.asset = new Asset(this, 'File', { path: join(folder, AUTHORITIES_FILE) });
  }

  /**
   * Variables of a function: Node adds the file's certificates to its own when it starts. Lambda's documentation does so for authorities of AWS
   * (https://docs.aws.amazon.com/lambda/latest/dg/lambda-nodejs.html).
   */
  get functionVariables(): Readonly<Record<string, string>> {
    return { [AUTHORITIES_ENV.file]: `/opt/${AUTHORITIES_FILE}` };
  }

  /** Variables of a build project, whose jobs fetch the file. */
  get buildVariables(): Readonly<Record<string, string>> {
    return {
      [AUTHORITIES_ENV.location]: `${this.asset.s3BucketName}/${this.asset.s3ObjectKey}`,
      [AUTHORITIES_ENV.file]: `/tmp/${AUTHORITIES_FILE}`,
    };
  }

  /** Returns the right of a build to fetch the file. */
  fetching(): PolicyStatement {
    const resources = [this.asset.bucket.arnForObjects(this.asset.s3ObjectKey)];
    return new PolicyStatement({ actions: ['s3:GetObject'], resources });
  }
}

/** Returns the problems of the file that the settings name, whose path begins at `folder`. */
export function authorityProblems(
  { certificateAuthorities: path }: Pick<Settings, 'certificateAuthorities'>,
  folder: string,
): Problem[] {
  if (path === undefined) return [];
  const at = (message: string) => ({ path: 'certificateAuthorities', message: `${path} ${message}` });
  try {
    return readAuthorities(readFileSync(resolve(folder, path), 'utf8'), Date.now()).problems.map(at);
  } catch (error) {
    return [at(`cannot be used: ${unreadableFile(error)}; write the certificates there, or leave the setting out`)];
  }
}
