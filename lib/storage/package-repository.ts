/** The package index of published modules: a repository of CodeArtifact, the app's own or one that the settings name. */
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnDomain, CfnRepository } from 'aws-cdk-lib/aws-codeartifact';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Settings } from '../../core/settings/schema';

/** Where packages come from that are not ours: tests of modules need them. */
const PUBLIC_INDEX = 'public:pypi';
const OWN_REPOSITORY = 'modules';

export interface PackageRepositoryProps {
  /** A repository that is there already; default: one is made. */
  readonly existing: Settings['packages'];
}

/** Rights to packages, in the words of the flow. Nothing can be deleted; the app's removal keeps what was published. */
export class PackageRepository extends Construct {
  readonly domain: string;
  readonly repository: string;

  constructor(scope: Construct, id: string, { existing }: PackageRepositoryProps) {
    super(scope, id);
    const { domain, repository } = existing ?? this.own();
    this.domain = domain;
    this.repository = repository;
  }

  /** The rights to learn what was published. */
  asking(): PolicyStatement[] {
    const actions = ['codeartifact:ListPackageVersionAssets', 'codeartifact:ListPackageVersions'];
    return [new PolicyStatement({ actions, resources: [this.packages()] })];
  }

  /** The rights of a build: install what the index has, ours and the public index's. */
  installing(): PolicyStatement[] {
    const actions = ['codeartifact:GetRepositoryEndpoint', 'codeartifact:ReadFromRepository'];
    return [...this.login(), new PolicyStatement({ actions, resources: [this.repositoryArn()] })];
  }

  /** The rights of the publish step. */
  publishing(): PolicyStatement[] {
    return [
      ...this.login(),
      ...this.asking(),
      new PolicyStatement({ actions: ['codeartifact:GetRepositoryEndpoint'], resources: [this.repositoryArn()] }),
      new PolicyStatement({ actions: ['codeartifact:PublishPackageVersion'], resources: [this.packages()] }),
    ];
  }

  private own(): { readonly domain: string; readonly repository: string } {
    // Unique in the account and region, as the stack's name is.
    const domainName = Stack.of(this).stackName.toLowerCase().slice(0, 50);
    const domain = new CfnDomain(this, 'Domain', { domainName });
    const repository = new CfnRepository(this, 'Repository', {
      domainName: domain.attrName,
      repositoryName: OWN_REPOSITORY,
      description: 'Modules of the monorepo, by content',
      externalConnections: [PUBLIC_INDEX],
    });
    for (const resource of [domain, repository]) resource.applyRemovalPolicy(RemovalPolicy.RETAIN);
    return { domain: domain.attrName, repository: repository.attrName };
  }

  /** A token of CodeArtifact is one of STS, which knows no narrower resource: CodeArtifact user guide, "Tokens and authentication". */
  private login(): PolicyStatement[] {
    return [
      new PolicyStatement({
        actions: ['codeartifact:GetAuthorizationToken'],
        resources: [this.arn('domain', this.domain)],
      }),
      new PolicyStatement({
        actions: ['sts:GetServiceBearerToken'],
        resources: ['*'],
        conditions: { StringEquals: { 'sts:AWSServiceName': 'codeartifact.amazonaws.com' } },
      }),
    ];
  }

  private repositoryArn(): string {
    return this.arn('repository', `${this.domain}/${this.repository}`);
  }

  /** Python packages have no namespace, of which two slashes are left. */
  private packages(): string {
    return this.arn('package', `${this.domain}/${this.repository}/pypi//*`);
  }

  private arn(resource: string, resourceName: string): string {
    const arnFormat = ArnFormat.SLASH_RESOURCE_NAME;
    return Stack.of(this).formatArn({ service: 'codeartifact', resource, resourceName, arnFormat });
  }
}
