/** The package index of published modules: a repository of CodeArtifact, which the stack makes or the settings name. */
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnDomain, CfnRepository } from 'aws-cdk-lib/aws-codeartifact';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Settings } from '../../core/settings/schema';
import { OWN_PACKAGE_REPOSITORY, packageDomain } from '../../core/settings/stack-name';
import { pipelineName } from '../naming';

/** The upstream of all other packages, which tests of modules need. */
const PUBLIC_INDEX = 'public:pypi';

export interface PackageRepositoryProps {
  /** An existing repository. Default: the stack makes one. */
  readonly existing: Settings['packages'];
}

/** The repository, and rights to it by what a step does. Nothing can be deleted; the stack's removal keeps what was published. */
export class PackageRepository extends Construct {
  readonly domain: string;
  readonly repository: string;

  constructor(scope: Construct, id: string, { existing }: PackageRepositoryProps) {
    super(scope, id);
    const { domain, repository } = existing ?? this.own();
    this.domain = domain;
    this.repository = repository;
  }

  /** Returns the rights to look up what was published. */
  asking(): PolicyStatement[] {
    const actions = ['codeartifact:ListPackageVersionAssets', 'codeartifact:ListPackageVersions'];
    return [new PolicyStatement({ actions, resources: [this.packages()] })];
  }

  /** Returns the rights of a build: install packages of this index and of the public one. */
  installing(): PolicyStatement[] {
    const actions = ['codeartifact:GetRepositoryEndpoint', 'codeartifact:ReadFromRepository'];
    return [...this.login(), new PolicyStatement({ actions, resources: [this.repositoryArn()] })];
  }

  /** Returns the rights of the publish step. */
  publishing(): PolicyStatement[] {
    return [
      ...this.login(),
      ...this.asking(),
      new PolicyStatement({ actions: ['codeartifact:GetRepositoryEndpoint'], resources: [this.repositoryArn()] }),
      new PolicyStatement({ actions: ['codeartifact:PublishPackageVersion'], resources: [this.packages()] }),
    ];
  }

  private own(): { readonly domain: string; readonly repository: string } {
    const domainName = packageDomain(pipelineName(this, Stack.of(this).stackName));
    const domain = new CfnDomain(this, 'Domain', { domainName });
    const repository = new CfnRepository(this, 'Repository', {
      domainName: domain.attrName,
      repositoryName: OWN_PACKAGE_REPOSITORY,
      description: 'Modules of the monorepo, by content',
      externalConnections: [PUBLIC_INDEX],
    });
    for (const resource of [domain, repository]) resource.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    return { domain: domain.attrName, repository: repository.attrName };
  }

  /** CodeArtifact's tokens come from STS, which has no narrower resource (CodeArtifact user guide, "Tokens and authentication"). */
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

  /** Python packages have no namespace, hence the empty part between two slashes. */
  private packages(): string {
    return this.arn('package', `${this.domain}/${this.repository}/pypi//*`);
  }

  private arn(resource: string, resourceName: string): string {
    const arnFormat = ArnFormat.SLASH_RESOURCE_NAME;
    return Stack.of(this).formatArn({ service: 'codeartifact', resource, resourceName, arnFormat });
  }
}
