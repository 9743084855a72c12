/** The person at the command line, as runs and approvals record them. */
import { userInfo } from 'node:os';
import { isActor } from '../core/webhook/execution-input';

/** Returns the name of the user of this machine; `uid-<number>` for one without a name. */
export function localCaller(): string {
  try {
    const { username } = userInfo();
    if (isActor(username)) return username;
  } catch {
    // A container may run as a user that the machine does not list.
  }
  return `uid-${process.getuid?.() ?? 'unknown'}`;
}

/** Returns the ARN of the AWS identity. Throws the SDK's errors. */
export async function awsCaller(region: string | undefined): Promise<string> {
  const [{ STSClient }, { readCaller }] = await Promise.all([
    import('@aws-sdk/client-sts'),
    import('../adapters/aws/caller'),
  ]);
  return readCaller(new STSClient(region === undefined ? {} : { region }));
}

/** Returns the input of a run with its starter, unless it names one or is no object, which its check reports. */
export function startedBy(caller: string | undefined, input: unknown): unknown {
  if (caller === undefined || typeof input !== 'object' || input === null || Array.isArray(input)) return input;
  return { startedBy: caller, ...input };
}
