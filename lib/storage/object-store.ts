/** The bucket of plans, release records, reports and source archives. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** Source archives are made again when a run needs one that has gone. */
const SOURCE_DAYS = 14;
/** A pull request is planned anew with every push to it. */
const PREVIEW_DAYS = 14;

/** A private bucket, reached over TLS only. Reports and plans stay; the app's removal keeps it. */
export class ObjectStore extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        { id: 'sources', prefix: 'sources/', expiration: Duration.days(SOURCE_DAYS) },
        { id: 'packages', prefix: 'packages/', expiration: Duration.days(SOURCE_DAYS) },
        { id: 'previews', prefix: 'previews/', expiration: Duration.days(PREVIEW_DAYS) },
        { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
  }

  /** The right to read the objects of these key patterns. */
  reading(...patterns: readonly string[]): PolicyStatement {
    return new PolicyStatement({ actions: ['s3:GetObject'], resources: this.keys(patterns) });
  }

  /**
   * The rights of a CodeBuild role to fetch the folders of these prefixes as its source (CodeBuild user guide, "Allow CodeBuild to interact
   * with other AWS services": bucket identity, objects; a folder has to be listed besides).
   */
  fetching(prefix: string, ...patterns: readonly string[]): PolicyStatement[] {
    const { bucketArn } = this.bucket;
    return [
      new PolicyStatement({ actions: ['s3:GetObject', 's3:GetObjectVersion'], resources: this.keys(patterns) }),
      new PolicyStatement({ actions: ['s3:GetBucketAcl', 's3:GetBucketLocation'], resources: [bucketArn] }),
      new PolicyStatement({
        actions: ['s3:ListBucket'],
        resources: [bucketArn],
        conditions: { StringLike: { 's3:prefix': prefix } },
      }),
    ];
  }

  /** The right to write the objects of these key patterns, and to give up a write that was begun in parts. */
  writing(...patterns: readonly string[]): PolicyStatement {
    return new PolicyStatement({
      actions: ['s3:AbortMultipartUpload', 's3:PutObject'],
      resources: this.keys(patterns),
    });
  }

  /** The right to learn that an object does not exist: without it S3 answers 403 instead of 404. */
  asking(): PolicyStatement {
    return new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] });
  }

  private keys(patterns: readonly string[]): string[] {
    return patterns.map((pattern) => this.bucket.arnForObjects(pattern));
  }
}
