/** The bucket of plans, release records, reports and source archives, and the table of version claims. */
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';

/** An archive that has expired is made again when a run needs it. */
const SOURCE_DAYS = 14;
/** A pull request is planned again with every push to it. */
const PREVIEW_DAYS = 14;

/** A private bucket that accepts TLS only. Reports and plans never expire; the stack's removal keeps the bucket. */
export class ObjectStore extends Construct {
  readonly bucket: Bucket;

  constructor(scope: Construct, id: string, key?: IKey) {
    super(scope, id);
    this.bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      ...(key === undefined
        ? { encryption: BucketEncryption.S3_MANAGED }
        : { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }),
      enforceSSL: true,
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      lifecycleRules: [
        { id: 'sources', prefix: 'sources/', expiration: Duration.days(SOURCE_DAYS) },
        { id: 'packages', prefix: 'packages/', expiration: Duration.days(SOURCE_DAYS) },
        { id: 'previews', prefix: 'previews/', expiration: Duration.days(PREVIEW_DAYS) },
        { id: 'unfinished-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
      ],
    });
  }

  /** Returns the right to read the objects of these key patterns. */
  reading(...patterns: readonly string[]): PolicyStatement {
    return new PolicyStatement({ actions: ['s3:GetObject'], resources: this.keys(patterns) });
  }

  /**
   * Returns the rights of a CodeBuild role to fetch folders below the prefix as its source: bucket, objects, and a listing of the folder. Source:
   * CodeBuild user guide, "Allow CodeBuild to interact with other AWS services".
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

  /** Returns the right to write the objects of these key patterns, and to abort an upload in parts. */
  writing(...patterns: readonly string[]): PolicyStatement {
    return new PolicyStatement({
      actions: ['s3:AbortMultipartUpload', 's3:PutObject'],
      resources: this.keys(patterns),
    });
  }

  /** Returns the right to learn that an object does not exist. Without it S3 answers 403 instead of 404. */
  asking(): PolicyStatement {
    return new PolicyStatement({ actions: ['s3:ListBucket'], resources: [this.bucket.bucketArn] });
  }

  private keys(patterns: readonly string[]): string[] {
    return patterns.map((pattern) => this.bucket.arnForObjects(pattern));
  }
}

/**
 * One item per image and version: partition key `image`, sort key `version`, both text. The stack's removal keeps the table, and so does a
 * first deployment that fails: its deletion protection would fail the rollback. It has no fixed name, so it blocks no later deployment.
 */
export class ClaimsTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string, key?: IKey) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: 'image', type: AttributeType.STRING },
      sortKey: { name: 'version', type: AttributeType.STRING },
      encryption: key === undefined ? TableEncryptionV2.dynamoOwnedKey() : TableEncryptionV2.customerManagedKey(key),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** Returns the right to look up a claim. */
  reading(): PolicyStatement {
    return new PolicyStatement({ actions: ['dynamodb:GetItem'], resources: [this.table.tableArn] });
  }

  /** Returns the right to claim a version: a conditional put, which returns an earlier claim, and a read. Nothing can be deleted. */
  claiming(): PolicyStatement {
    return new PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      resources: [this.table.tableArn],
    });
  }
}
