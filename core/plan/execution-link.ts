/** Where a person looks at a run, and at what it left. */

/** Hosts of the console by partition: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html */
const CONSOLES: Readonly<Record<string, string>> = {
  aws: 'console.aws.amazon.com',
  'aws-cn': 'console.amazonaws.cn',
  'aws-us-gov': 'console.amazonaws-us-gov.com',
};

/** The page of an execution in the Step Functions console, by its ARN; undefined for one that does not run in AWS. */
export function executionLink(arn: string): string | undefined {
  const found = consoleOf(arn);
  return found && `${found.origin}/states/home?region=${found.region}#/v2/executions/details/${arn}`;
}

/** The page of an object in the S3 console, as `bucket/key`, in the region of the execution; undefined as above. */
export function objectLink(arn: string, location: string): string | undefined {
  const found = consoleOf(arn);
  const [bucket = '', ...key] = location.split('/');
  const query = `region=${found?.region}&prefix=${encodeURIComponent(key.join('/'))}`;
  return found && `${found.origin}/s3/object/${bucket}?${query}`;
}

function consoleOf(arn: string): { readonly origin: string; readonly region: string } | undefined {
  const [, partition = '', region = ''] =
    /^arn:([\w-]+):states:([\w-]+):\d{12}:execution:[\w-]+:[\w-]+$/.exec(arn) ?? [];
  const console = CONSOLES[partition];
  return console === undefined ? undefined : { origin: `https://${region}.${console}`, region };
}
