/** Finds the identity behind the AWS credentials of this process. */
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';

/** Returns the ARN of the identity: `arn:aws:sts::123456789012:assumed-role/Developer/alice`. No right is needed. Throws the SDK's errors. */
export async function readCaller(client: Pick<STSClient, 'send'>): Promise<string> {
  const { Arn } = await client.send(new GetCallerIdentityCommand({}));
  if (Arn === undefined) throw new Error('AWS did not say who calls');
  return Arn;
}
