/** The table that makes version claims atomic, because registries have no compare-and-set on tags. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';

/** One item per image and version. Partition key `image`, sort key `version`, both text. Paid by use; the app's removal keeps it. */
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

  /** The right to claim a version: a conditional put, which tells the claim that stands, and a read. Nothing can be deleted. */
  claiming(): PolicyStatement {
    return new PolicyStatement({
      actions: ['dynamodb:GetItem', 'dynamodb:PutItem'],
      resources: [this.table.tableArn],
    });
  }
}
