/** STS as far as roles are assumed: it checks the external id, and answers any refusal with the same words. */
import { AssumeRoleCommand, type STSClient } from '@aws-sdk/client-sts';

export interface FakeSts {
  readonly client: Pick<STSClient, 'send'>;
  /** The session names that it gave credentials to. */
  readonly sessions: string[];
}

const CALLER = 'arn:aws:sts::111122223333:assumed-role/Delivery-ReleaseRole-X/Delivery-Release';

/** `roles` are external ids by the ARN of the role; undefined for a role without one. */
export function createFakeSts(roles: Readonly<Record<string, string | undefined>>, now: () => number): FakeSts {
  const sessions: string[] = [];
  const send = async (command: unknown) => {
    const { RoleArn = '', RoleSessionName = '', ExternalId } = (command as AssumeRoleCommand).input;
    if (!(command instanceof AssumeRoleCommand)) throw new Error('only AssumeRole is known here');
    if (!/^[\w+=,.@-]{2,64}$/.test(RoleSessionName)) throw named('ValidationError', 'roleSessionName');
    if (!(RoleArn in roles) || (roles[RoleArn] !== undefined && roles[RoleArn] !== ExternalId)) {
      throw named(
        'AccessDenied',
        `User: ${CALLER} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn}`,
      );
    }
    sessions.push(RoleSessionName);
    return {
      Credentials: {
        AccessKeyId: RoleArn,
        SecretAccessKey: 'secret',
        SessionToken: 'token',
        Expiration: new Date(now() + 3_600_000),
      },
    };
  };
  return { client: { send } as unknown as Pick<STSClient, 'send'>, sessions };
}

function named(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}
