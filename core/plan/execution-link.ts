/** Where a person looks at a run. */

/** Hosts of the console by partition: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The page of an execution in the Step Functions console, by its ARN; undefined for one that does not run in AWS. */
export function executionLink(arn: string): string | undefined {
  const [, partition = '', region = ''] =
    /^arn:([\w-]+):states:([\w-]+):\d{12}:execution:[\w-]+:[\w-]+$/.exec(arn) ?? [];
  const console = CONSOLES[partition];
  if (console === undefined) return undefined;
  return `https://${region}.${console}/states/home?region=${region}#/v2/executions/details/${arn}`;
}
