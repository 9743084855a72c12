/**
 * Images in ECR: one repository for candidates, which builds write, and one per image for releases, which only the release step
 * writes. That one makes them, too, when an image is first released: docs/decisions/005 says why the stack does not.
 */
import { Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { Repository, RepositoryEncryption, TagMutability, TagStatus } from 'aws-cdk-lib/aws-ecr';
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { CANDIDATE_DAYS } from '../../core/contract/image';
import type { Settings } from '../../core/settings/schema';
import { isEcr, OWN_REGISTRY, parseMirror } from './ecr-host';

const PULL = ['ecr:BatchCheckLayerAvailability', 'ecr:BatchGetImage', 'ecr:GetDownloadUrlForLayer'];
const PUSH = ['ecr:CompleteLayerUpload', 'ecr:InitiateLayerUpload', 'ecr:PutImage', 'ecr:UploadLayerPart'];

/** The first pull of an image makes its repository (AmazonECR user guide, "IAM permissions required to sync an upstream registry"). */
const IMPORT = ['ecr:BatchImportUpstreamImage', 'ecr:CreateRepository'];

/** Tag mutability, scanning and encryption are set as a repository is made; nobody may change them afterwards. */
const MAKE = ['ecr:CreateRepository'];

/** Where images are. Hosts that are not ECR get no repositories and no rights: their registry has its own. */
export interface ImageRepositoriesProps {
  readonly settings: Settings;
}

/** Rights to images, in the words of the flow. */
export class ImageRepositories extends Construct {
  /** The settings with the host name `ecr` written out. */
  readonly settings: Settings;
  /** Registry host that builds log in to, or empty where no login is needed. */
  readonly loginHost: string;
  private readonly candidates: readonly string[];
  private readonly releases: readonly string[];
  private readonly mirrors: readonly string[];

  constructor(scope: Construct, id: string, { settings }: ImageRepositoriesProps) {
    super(scope, id);
    const { candidates, releases, mirrors } = settings;
    this.settings = {
      ...settings,
      candidates: { ...candidates, host: this.written(candidates.host) },
      releases: { ...releases, host: this.written(releases.host) },
      mirrors: Object.fromEntries(Object.entries(mirrors).map(([host, mirror]) => [host, this.writtenMirror(mirror)])),
    };
    this.loginHost = isEcr(candidates.host) ? this.settings.candidates.host : '';
    this.candidates = isEcr(candidates.host) ? [this.arn(candidates.repository)] : [];
    this.mirrors = Object.values(mirrors)
      .map(parseMirror)
      .filter(({ host }) => isEcr(host))
      .map(({ prefix }) => this.arn(`${prefix}/*`));
    this.releases = isEcr(releases.host) ? [this.arn(`${releases.namespace}/*`)] : [];
    if (isEcr(candidates.host)) this.candidateRepository(candidates.repository);
  }

  /** The rights to ask for candidates and released images. */
  asking(): PolicyStatement[] {
    return allow([['ecr:BatchGetImage'], [...this.candidates, ...this.releases]]);
  }

  /** The rights to ask for candidates, which every image of ours is at first. */
  seeingCandidates(): PolicyStatement[] {
    return allow([['ecr:BatchGetImage'], this.candidates]);
  }

  /** The rights of a build: write candidates, use released images as base images, and those that a pull-through cache has or gets. */
  building(): PolicyStatement[] {
    return allow([[...PULL, ...PUSH], this.candidates], [PULL, this.releases], [[...PULL, ...IMPORT], this.mirrors]);
  }

  /** The rights of the release step: read candidates, write releases, make a release repository that is not there. */
  releasing(): PolicyStatement[] {
    return allow([PULL, this.candidates], [[...PULL, ...PUSH, ...MAKE], this.releases]);
  }

  private candidateRepository(repositoryName: string): void {
    new Repository(this, 'Candidates', {
      repositoryName,
      // A candidate's tag says what it was made of; building the same content again may overwrite it.
      imageTagMutability: TagMutability.MUTABLE,
      imageScanOnPush: true,
      encryption: RepositoryEncryption.AES_256,
      removalPolicy: RemovalPolicy.RETAIN,
      lifecycleRules: [
        {
          tagStatus: TagStatus.ANY,
          maxImageAge: Duration.days(CANDIDATE_DAYS),
          description: 'candidates not released',
        },
      ],
    });
  }

  private arn(repository: string): string {
    return Stack.of(this).formatArn({ service: 'ecr', resource: 'repository', resourceName: repository });
  }

  private written(host: string): string {
    const { account, region, urlSuffix } = Stack.of(this);
    return host === OWN_REGISTRY ? `${account}.dkr.ecr.${region}.${urlSuffix}` : host;
  }

  private writtenMirror(mirror: string): string {
    const { host, prefix } = parseMirror(mirror);
    return [this.written(host), ...(prefix === '' ? [] : [prefix])].join('/');
  }
}

/** Statements for the pairs of actions and repositories that have any, and the login that all of them need. */
function allow(...pairs: readonly (readonly [readonly string[], readonly string[]])[]): PolicyStatement[] {
  const statements = pairs
    .filter(([, resources]) => resources.length > 0)
    .map(([actions, resources]) => new PolicyStatement({ actions: [...actions], resources: [...resources] }));
  if (statements.length === 0) return [];
  // The token is the account's: IAM knows no narrower resource for it.
  return [new PolicyStatement({ actions: ['ecr:GetAuthorizationToken'], resources: ['*'] }), ...statements];
}
