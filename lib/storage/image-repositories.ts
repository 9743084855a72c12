/**
 * Images in ECR. Builds write one repository of candidates. Only the release step writes the release repositories, one per image, which
 * it also makes at the first release of an image (docs/decisions/005).
 */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { type IRepository, Repository, RepositoryEncryption, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Construct } from 'constructs';
import { CANDIDATE_DAYS } from '../../core/contract/image';
import { environmentRegistries } from '../../core/settings/registry/environment-registry';
import { type EcrHost, isEcr, OWN_REGISTRY, parseEcrHost, parseMirror } from '../../core/settings/registry/names';
import type { EnvironmentRegistry } from '../../core/settings/registry/registry-schema';
import type { Settings } from '../../core/settings/schema';

export const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
/** Of the candidates, to see that none is signed: one list saves the release step three requests for each image that it copies. */
const LIST = ['ecr:ListImages'];
export const PUSH = ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];

/** The first pull of an image makes its repository (AmazonECR user guide, "IAM permissions required to sync an upstream registry"). */
const IMPORT = ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];

/** Tag mutability, scanning and encryption are set when a repository is made, and no role may change them later. */
export const MAKE = ['ecr:CreateRepository'];

/** Of an image that was scanned. ECR asks Inspector about findings of enhanced scans with the rights of the caller. */
const SEE_FINDINGS = ['ecr:BatchGetImage', 'ecr:DescribeImageScanFindings', 'ecr:StartImageScan'];
/** IAM knows no narrower resource for these: https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-scanning-enhanced-iam.html */
const SEE_ENHANCED = ['inspector2:ListCoverage', 'inspector2:ListFindings'];

/** Lets other accounts pull from a repository that was just made. */
const SHARE = ['ecr:SetRepositoryPolicy'];

/** A registry that is not ECR gets no repositories and no rights here. */
export interface ImageRepositoriesProps {
  readonly settings: Settings;
  /** An existing repository of candidates, which the settings name. Default: the pipeline makes it. */
  readonly existing?: IRepository | undefined;
  readonly key?: IKey | undefined;
}

/** The candidate repository, and rights to images by what a step does. */
export class ImageRepositories extends Construct {
  /** The settings with the full host name instead of `ecr`. */
  readonly settings: Settings;
  /** The registry host that builds log in to; empty if they need no login. */
  readonly loginHost: string;
  /** The repository of candidates; undefined if it is not in ECR. */
  readonly repository: IRepository | undefined;
  private readonly candidates: readonly string[];
  private readonly releases: readonly string[];
  private readonly mirrors: readonly string[];

  constructor(scope: Construct, id: string, { settings, existing, key }: ImageRepositoriesProps) {
    super(scope, id);
    const { candidates, releases, mirrors, environments } = settings;
    this.settings = {
      ...settings,
      candidates: { ...candidates, host: this.fullHost(candidates.host) },
      releases: { ...releases, host: this.fullHost(releases.host) },
      environments: environments.map(({ registry, ...environment }) => ({
        ...environment,
        ...(registry === undefined ? {} : { registry: { ...registry, host: this.fullHost(registry.host) } }),
      })),
      mirrors: Object.fromEntries(Object.entries(mirrors).map(([host, mirror]) => [host, this.fullMirror(mirror)])),
    };
    this.loginHost = isEcr(candidates.host) ? this.settings.candidates.host : '';
    this.candidates = isEcr(candidates.host) ? [this.arn(candidates.repository)] : [];
    this.mirrors = Object.values(mirrors)
      .map(parseMirror)
      .filter(({ host }) => isEcr(host))
      .map(({ prefix }) => this.arn(`${prefix}/*`));
    this.releases = isEcr(releases.host) ? [this.arn(`${releases.namespace}/*`)] : [];
    this.repository =
      existing ?? (isEcr(candidates.host) ? this.candidateRepository(candidates.repository, key) : undefined);
  }

  /** Returns the rights to look up candidates and released images by ECR's API. */
  asking(): PolicyStatement[] {
    return allow([['ecr:BatchGetImage'], [...this.candidates, ...this.releases]]);
  }

  /** Returns the rights to look up candidates by ECR's API. */
  seeingCandidates(): PolicyStatement[] {
    return allow([['ecr:BatchGetImage'], this.candidates]);
  }

  /** Returns the rights to read findings about candidates and released images, and to have images scanned again. */
  scanning(): PolicyStatement[] {
    return allow([SEE_FINDINGS, [...this.candidates, ...this.releases]], [SEE_ENHANCED, ['*']]);
  }

  /** Returns the rights of a build: write candidates, pull released base images, and pull through the caches of the settings. */
  building(): PolicyStatement[] {
    return withLogin(
      allow([[...PULL, ...PUSH], this.candidates], [PULL, this.releases], [[...PULL, ...IMPORT], this.mirrors]),
    );
  }

  /** Returns the rights of the release step: read candidates, write releases and registries of environments, make missing repositories. */
  releasing(): PolicyStatement[] {
    const share = this.settings.releases.pullAccounts.length > 0 ? SHARE : [];
    const registries = environmentRegistries(this.settings);
    const places = registries.filter(({ role }) => role === undefined);
    const roles = [...new Set(registries.flatMap(({ role }) => role?.arn ?? []))];
    const below = (wanted: readonly EnvironmentRegistry[]) =>
      wanted
        .filter(({ host }) => this.isOwn(host) || isEcr(host))
        .map(({ host, namespace }) => this.arn(`${namespace}/*`, parseEcrHost(host)));
    const copied = places.filter(({ arrives }) => arrives === 'copy');
    const own = below(copied.filter(({ host }) => this.isOwn(host)));
    const others = below(copied.filter(({ host }) => !this.isOwn(host)));
    const replicated = registries.filter(({ arrives }) => arrives === 'replication');
    return withLogin(
      allow(
        [[...PULL, ...LIST], this.candidates],
        [
          [...PULL, ...PUSH, ...MAKE, ...share],
          [...this.releases, ...own],
        ],
        // Only the account itself can make repositories in its registry.
        [[...PULL, ...PUSH], others],
        [PULL, below(replicated.filter(({ role }) => role === undefined))],
        [['ecr:DescribeImageReplicationStatus'], replicated.length > 0 ? this.releases : []],
        [['sts:AssumeRole'], roles],
      ),
    );
  }

  private isOwn(host: string): boolean {
    return host === this.fullHost(OWN_REGISTRY) || parseEcrHost(host)?.account === Stack.of(this).account;
  }

  private candidateRepository(repositoryName: string, key: IKey | undefined): Repository {
    return new Repository(this, 'Candidates', {
      repositoryName,
      // The tag names the content. A build of the same content may overwrite it.
      imageTagMutability: TagMutability.MUTABLE,
      imageScanOnPush: true,
      ...(key === undefined
        ? { encryption: RepositoryEncryption.AES_256 }
        : { encryption: RepositoryEncryption.KMS, encryptionKey: key }),
      // A first deployment that fails removes the repository. Otherwise its name would block the next deployment.
      removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE,
      lifecycleRules: [
        {
          tagStatus: TagStatus.ANY,
          maxImageAge: Duration.days(CANDIDATE_DAYS),
          description: 'candidates not released',
        },
      ],
    });
  }

  private arn(repository: string, at?: EcrHost): string {
    return Stack.of(this).formatArn({ ...at, service: 'ecr', resource: 'repository', resourceName: repository });
  }

  private fullHost(host: string): string {
    const { account, region, urlSuffix } = Stack.of(this);
    return host === OWN_REGISTRY ? `${account}.dkr.ecr.${region}.${urlSuffix}` : host;
  }

  private fullMirror(mirror: string): string {
    const { host, prefix } = parseMirror(mirror);
    return [this.fullHost(host), ...(prefix === '' ? [] : [prefix])].join('/');
  }
}

/** Returns a statement for each pair of actions and repositories, except for empty ones. */
function allow(...pairs: readonly (readonly [readonly string[], readonly string[]])[]): PolicyStatement[] {
  return pairs
    .filter(([, resources]) => resources.length > 0)
    .map(([actions, resources]) => new PolicyStatement({ actions: [...actions], resources: [...resources] }));
}

/** Adds the login that the registry protocol needs; ECR's own API, by which images are looked up, needs none. */
function withLogin(statements: PolicyStatement[]): PolicyStatement[] {
  if (statements.length === 0) return [];
  // The token is the account's: IAM has no narrower resource for it.
  return [new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }), ...statements];
}
