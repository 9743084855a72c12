/** The package indexes of published modules: a repository of CodeArtifact, which the stack makes or the settings name. It has all kinds. */
import { ArnFormat, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { CfnDomain, CfnRepository } from 'aws-cdk-lib/aws-codeartifact';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import type { Publishing } from '../../core/catalog/model';
import { type IndexedKind, MODULE_KINDS, type ModuleKind } from '../../core/contract/job';
import type { Settings } from '../../core/settings/schema';
import { OWN_PACKAGE_REPOSITORY, packageDomain } from '../../core/settings/stack-name';
import { pipelineName } from '../naming';

/** What CodeArtifact calls a kind: its format in the names of packages, and the public index of all other packages, which builds need. */
const FORMATS: Readonly<Record<IndexedKind, { readonly format: string; readonly publicIndex: string }>> = {
  python: { format: 'pypi', publicIndex: 'public:pypi' },
  npm: { format: 'npm', publicIndex: 'public:npmjs' },
  maven: { format: 'maven', publicIndex: 'public:maven-central' },
};

export interface PackageRepositoryProps {
  /** An existing repository. Default: the stack makes one. */
  readonly existing: Settings['packages'];
  /** The published modules. */
  readonly modules: readonly Pick<Publishing, 'kind'>[];
}

/** The repository, and rights to it by what a step does. Nothing can be deleted; the stack's removal keeps what was published. */
export class PackageRepository extends Construct {
  readonly domain: string;
  readonly repository: string;
  /** The kinds that modules are published as. Nothing has rights to packages of other kinds. */
  readonly kinds: readonly ModuleKind[];
  /** Those whose packages are in the repository. Versions of Go modules are tags of the monorepo. */
  private readonly indexed: readonly IndexedKind[];

  constructor(scope: Construct, id: string, { existing, modules }: PackageRepositoryProps) {
    super(scope, id);
    this.kinds = MODULE_KINDS.filter((known) => modules.some(({ kind = 'python' }) => kind === known));
    this.indexed = this.kinds.filter((kind) => kind !== 'go');
    const { domain, repository } = existing ?? this.own();
    this.domain = domain;
    this.repository = repository;
  }

  /** Returns the rights to look up what was published. */
  asking(): PolicyStatement[] {
    if (this.indexed.length === 0) return [];
    const actions = ['codeartifact:ListPackageVersionAssets', 'codeartifact:ListPackageVersions'];
    return [new PolicyStatement({ actions, resources: this.packages() })];
  }

  /** Returns the rights of a build: install packages of this index and of the public one. */
  installing(): PolicyStatement[] {
    if (this.indexed.length === 0) return [];
    const actions = ['codeartifact:GetRepositoryEndpoint', 'codeartifact:ReadFromRepository'];
    return [...this.login(), new PolicyStatement({ actions, resources: [this.repositoryArn()] })];
  }

  /** Returns the rights of the publish step. */
  publishing(): PolicyStatement[] {
    if (this.indexed.length === 0) return [];
    return [
      ...this.login(),
      ...this.asking(),
      new PolicyStatement({ actions: ['codeartifact:GetRepositoryEndpoint'], resources: [this.repositoryArn()] }),
      new PolicyStatement({ actions: ['codeartifact:PublishPackageVersion'], resources: this.packages() }),
      ...(this.kinds.includes('maven') ? [this.metadata()] : []),
    ];
  }

  private own(): { readonly domain: string; readonly repository: string } {
    const domainName = packageDomain(pipelineName(this, Stack.of(this).stackName));
    const domain = new CfnDomain(this, 'Domain', { domainName });
    const repository = new CfnRepository(this, 'Repository', {
      domainName: domain.attrName,
      repositoryName: OWN_PACKAGE_REPOSITORY,
      description: 'Modules of the monorepo, by content',
      externalConnections: [FORMATS.python.publicIndex],
    });
    const behind = this.indexed.filter((kind) => kind !== 'python').map((kind) => this.behind(kind, domain));
    if (behind.length > 0) repository.upstreams = behind.map(({ attrName }) => attrName);
    for (const resource of [domain, repository, ...behind]) {
      resource.applyRemovalPolicy(RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE);
    }
    return { domain: domain.attrName, repository: repository.attrName };
  }

  /** Makes the repository behind the index for the public packages of a kind: a repository has one external connection at most. */
  private behind(kind: IndexedKind, domain: CfnDomain): CfnRepository {
    const { format, publicIndex } = FORMATS[kind];
    return new CfnRepository(this, `Public-${format}`, {
      domainName: domain.attrName,
      repositoryName: `public-${format}`,
      description: `Public packages of ${format} that builds of modules need`,
      externalConnections: [publicIndex],
    });
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

  /** Returns the right to publish `maven-metadata.xml`, without which a version stays unfinished. */
  private metadata(): PolicyStatement {
    const actions = ['codeartifact:PutPackageMetadata'];
    return new PolicyStatement({ actions, resources: this.packages(['maven']) });
  }

  /** Python packages have no namespace, hence the empty part between two slashes. That of an npm package is its scope. */
  private packages(kinds = this.indexed): string[] {
    return kinds.map((kind) => {
      const { format } = FORMATS[kind];
      const names = kind === 'python' ? '/*' : '*';
      return this.arn('package', `${this.domain}/${this.repository}/${format}/${names}`);
    });
  }

  private arn(resource: string, resourceName: string): string {
    const arnFormat = ArnFormat.SLASH_RESOURCE_NAME;
    return Stack.of(this).formatArn({ service: 'codeartifact', resource, resourceName, arnFormat });
  }
}
