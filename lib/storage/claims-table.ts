/** The table that makes version claims atomic, because registries have no compare-and-swap on tags. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/**
 * One item per image and version: partition key `image`, sort key `version`, both text. The stack's removal keeps the table, and so does a
 * first deployment that fails: its deletion protection would fail the rollback. It has no fixed name, so it blocks no later deployment.
 */
export class ClaimsTable extends Construct {
  readonly table: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.table = new TableV2(this, 'Table', {
      partitionKey: { name: 'image', type: AttributeType.STRING },
      sortKey: { name: 'version', type: AttributeType.STRING },
      encryption: TableEncryptionV2.dynamoOwnedKey(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      deletionProtection: true,
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }

  /** Returns the right to claim a version: a conditional put, which returns an earlier claim, and a read. Nothing can be deleted. */
  claiming(): PolicyStatement {
    return new PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      resources: [this.table.tableArn],
    });
  }
}
