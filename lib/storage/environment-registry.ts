/** The registry of an environment in another account or region: who may push there, and the repositories, if their names are given. */
import { CfnOutput, Stack } from 'aws-cdk-lib';
import { Repository, RepositoryEncryption, TagMutability } from 'aws-cdk-lib/aws-ecr';
import { AccountPrincipal, PolicyStatement, Role } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { InvalidInputError, type Problem } from '../../core/contract/errors';
import type { SettingsInput } from '../../core/settings/schema';
import { MAKE, PULL, PUSH } from './image-repositories';

export interface EnvironmentRegistryProps {
  /** `namespace` of the environment's registry in the settings. */
  readonly namespace: string;
  /** The output `ReleaseRoleArn` of the pipeline's stack. No other role of its account may push. */
  readonly releaseRoleArn: string;
  /**
   * `role`: the release function assumes a role of this account, which makes missing repositories, too. `policies`: it pushes by itself, and the
   * policies of the repositories let it; all images must be named. Default: `role`.
   */
  readonly access?: 'role' | 'policies';
  /** Asked for when the role is assumed. It is not a secret. Default: none. */
  readonly externalId?: string;
  /** The organization that the pipeline's account must belong to: `o-a1b2c3d4e5`. Default: any. */
  readonly organizationId?: string;
  /** Images whose repositories are made here, with write-once tags. Default: none; the release function makes them. */
  readonly images?: readonly string[];
}

type RegistrySettings = NonNullable<NonNullable<SettingsInput['environments']>[number]['registry']>;

/**
 * Lets the release function of a pipeline in another account push images here. `settings` is what the environment has as its `registry`, also
 * in the output `RegistrySettings`. Throws `InvalidInput` with all problems of the props.
 */
export class EnvironmentRegistry extends Construct {
  readonly settings: RegistrySettings;
  /** Undefined for the access `policies`. */
  readonly role: Role | undefined;
  /** Of the images that were named, in their order. */
  readonly repositories: readonly Repository[];

  constructor(scope: Construct, id: string, props: EnvironmentRegistryProps) {
    super(scope, id);
    refuseProblems(props);
    const { namespace, access = 'role', externalId, images = [] } = props;
    this.repositories = images.map((image) => this.repository(`${namespace}/${image}`, image));
    this.role = access === 'role' ? this.pushingRole(props) : undefined;
    if (access === 'policies') {
      const statement = { actions: [...PULL, ...PUSH], ...conditionsFor(props) };
      for (const repository of this.repositories) {
        repository.addToResourcePolicy(new PolicyStatement({ ...statement, principals: [pipelineAccount(props)] }));
      }
    }
    const { account, region, urlSuffix } = Stack.of(this);
    this.settings = {
      host: `${account}.dkr.ecr.${region}.${urlSuffix}`,
      namespace,
      ...(this.role && { role: { arn: this.role.roleArn, ...(externalId === undefined ? {} : { externalId }) } }),
    };
    new CfnOutput(this, 'RegistrySettings', { value: Stack.of(this).toJsonString(this.settings) });
  }

  private repository(repositoryName: string, image: string): Repository {
    return new Repository(this, image, {
      repositoryName,
      imageTagMutability: TagMutability.IMMUTABLE,
      imageScanOnPush: true,
      encryption: RepositoryEncryption.AES_256,
    });
  }

  private pushingRole(props: EnvironmentRegistryProps): Role {
    const { namespace, externalId } = props;
    const { conditions } = conditionsFor(props);
    const role = new Role(this, 'Role', {
      description: `Lets the image pipeline push to ${namespace}`,
      assumedBy: pipelineAccount(props).withConditions(conditions),
      ...(externalId === undefined ? {} : { externalIds: [externalId] }),
    });
    const below = Stack.of(this).formatArn({ service: 'ecr', resource: 'repository', resourceName: `${namespace}/*` });
    role.addToPolicy(new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }));
    role.addToPolicy(new PolicyStatement({ actions: [...PULL, ...PUSH, ...MAKE], resources: [below] }));
    return role;
  }
}

const ROLE_ARN = /^arn:aws[a-z-]*:iam::(\d{12}):role\/[\w+=,.@/-]+$/;

function pipelineAccount({ releaseRoleArn }: EnvironmentRegistryProps): AccountPrincipal {
  return new AccountPrincipal(ROLE_ARN.exec(releaseRoleArn)?.[1] ?? '');
}

/** The account with a condition, and not the role itself: IAM would keep the id of a role that is made again, and refuse one that is not there yet. */
function conditionsFor({ releaseRoleArn, organizationId }: EnvironmentRegistryProps) {
  return {
    conditions: {
      ArnEquals: { 'aws:PrincipalArn': releaseRoleArn },
      ...(organizationId === undefined ? {} : { StringEquals: { 'aws:PrincipalOrgID': organizationId } }),
    },
  };
}

function refuseProblems({ releaseRoleArn, access, externalId, images = [] }: EnvironmentRegistryProps): void {
  const problems: Problem[] = [];
  if (!ROLE_ARN.test(releaseRoleArn)) {
    const message = `must be the ARN of a role, the output ReleaseRoleArn of the pipeline's stack, not '${releaseRoleArn}'`;
    problems.push({ path: 'releaseRoleArn', message });
  }
  if (access === 'policies' && images.length === 0) {
    const message = 'is missing; with policies only this account can make repositories, so name all images';
    problems.push({ path: 'images', message });
  }
  if (access === 'policies' && externalId !== undefined) {
    problems.push({ path: 'externalId', message: 'belongs to a role; leave it out, or give the access role' });
  }
  if (problems.length > 0) throw new InvalidInputError('the registry cannot be made', problems);
}
