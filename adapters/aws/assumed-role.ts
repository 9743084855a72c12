/** Credentials of a role in another account, by STS. */
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';
import { ERROR_NAMES, messageOf, PipelineError } from '../../core/contract/errors';

/** A role, and the external id that its trust policy may ask for. */
export interface RoleToAssume {
  readonly arn: string;
  readonly externalId?: string | undefined;
}

/** Temporary credentials, in the form that clients of the SDK take. They renew them before they expire. */
export interface RoleCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
}

/** STS takes a session name of 2 to 64 characters. */
const LONGEST_SESSION = 64;

/**
 * Assumes the role for an hour, the most that a role may be assumed by another role. The session is named after the run, whose end is the
 * distinguishing part. Throws `RegistryError` with what the trust policy has to allow.
 */
export async function assumeRole(
  { arn, externalId }: RoleToAssume,
  run: string,
  sts: Pick<STSClient, 'send'>,
): Promise<RoleCredentials> {
  const command = new AssumeRoleCommand({
    RoleArn: arn,
    RoleSessionName: run.slice(-LONGEST_SESSION),
    ...(externalId === undefined ? {} : { ExternalId: externalId }),
  });
  const reply = await sts.send(command).catch((error: unknown) => {
    throw new PipelineError(ERROR_NAMES.registry, whyNot(arn, externalId, error), { cause: error });
  });
  const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = reply.Credentials ?? {};
  if (!AccessKeyId || !SecretAccessKey || !SessionToken || !Expiration) {
    throw new PipelineError(ERROR_NAMES.registry, `STS gave no credentials for the role ${arn}; start the run again`);
  }
  return {
    accessKeyId: AccessKeyId,
    secretAccessKey: SecretAccessKey,
    sessionToken: SessionToken,
    expiration: Expiration,
  };
}

/** STS does not say if the role exists, if its trust policy refuses, or if the caller lacks the right: all are `AccessDenied`. */
function whyNot(arn: string, externalId: string | undefined, error: unknown): string {
  const text = `the role ${arn} cannot be assumed: ${messageOf(error)}`;
  if ((error as { readonly name?: unknown }).name !== 'AccessDenied') return text;
  const caller = callerIn(messageOf(error)) ?? 'the role of the release function (output ReleaseRoleArn)';
  const id = externalId === undefined ? 'without an external id' : 'with the external id of the settings';
  return `${text}. Check that the role exists and that its trust policy allows sts:AssumeRole to ${caller} ${id}; deploy the stack again if the settings named the role since`;
}

/** Returns the role behind the session that STS names. */
function callerIn(message: string): string | undefined {
  const found = /arn:(aws[\w-]*):sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\//.exec(message);
  return found === null ? undefined : `arn:${found[1]}:iam::${found[2]}:role/${found[3]}`;
}
