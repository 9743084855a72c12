/** The program that every job runs, one JavaScript file in the bootstrap bucket. */
import { join } from 'node:path';
import { AssetHashType } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { bundledFile, PROJECT_FOLDER } from './bundle';

export class JobTool extends Construct {
  /** As a buildspec fetches it: `bucket/key`. */
  readonly location: string;
  private readonly asset: Asset;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.asset = new Asset(this, 'File', {
      path: join(PROJECT_FOLDER, 'buildspecs', 'job'),
      assetHashType: AssetHashType.OUTPUT,
      bundling: bundledFile({ entry: 'buildspecs/job/main.ts', file: 'job-tool.cjs', target: 'node20', external: [] }),
    });
    this.location = `${this.asset.s3BucketName}/${this.asset.s3ObjectKey}`;
  }

  /** The right to fetch it. */
  fetching(): PolicyStatement {
    const resources = [this.asset.bucket.arnForObjects(this.asset.s3ObjectKey)];
    return new PolicyStatement({ actions: ['s3:GetObject'], resources });
  }
}
