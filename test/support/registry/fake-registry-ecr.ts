/** The API of Amazon ECR, as the release step uses it: immutable tags with exclusions, repositories, error names. */
import {
  BatchGetImageCommand,
  CreateRepositoryCommand,
  DescribeImageReplicationStatusCommand,
  type ECRClient,
  GetAuthorizationTokenCommand,
  PutImageCommand,
  SetRepositoryPolicyCommand,
} from '@aws-sdk/client-ecr';
import type { Manifest } from '../../../core/ports/registry';
import { sha256 } from './fake-registry-content';

/** The images of a fake ECR: in memory, or in a registry that also speaks the registry protocol. */
export interface EcrImages {
  /** True if somebody made the repository by another way than the API. */
  exists(repository: string): boolean;
  find(repository: string, reference: string): Promise<Manifest | undefined>;
  /** False if the repository lacks what the manifest refers to. */
  put(repository: string, reference: string, manifest: Manifest): Promise<boolean>;
}

export interface FakeEcr {
  readonly client: Pick<ECRClient, 'send'>;
  /** Names of the calls, in order. */
  readonly calls: readonly string[];
  /** Digest by `repository:tag`, as they were put by the API. */
  readonly tags: ReadonlyMap<string, string>;
  /** The inputs with which repositories were created. */
  readonly created: readonly CreateRepositoryCommand['input'][];
  /** Policies by repository, as JSON. */
  readonly policies: ReadonlyMap<string, string>;
  /** The replications of every image, as the API returns them. */
  readonly replications: object[];
  exists(repository: string): boolean;
  makeRepository(name: string): void;
  /** The next call of this name fails so; `applied` says whether it was done all the same. Several errors meet several calls. */
  failNext(call: string, error: Error | readonly Error[], applied: boolean): void;
}

/** The login for `docker login`. */
export const ECR_LOGIN = { username: 'AWS', password: 'a-password-for-twelve-hours' };

/** An error as the SDK throws it. */
export function ecrError(name: string, message = name): Error {
  return Object.assign(new Error(message), { name });
}

export function createFakeEcr(images: EcrImages = createMemoryImages()): FakeEcr {
  /** Patterns of the tags that may move, by repository. */
  const repositories = new Map<string, readonly string[]>();
  const tags = new Map<string, string>();
  const created: CreateRepositoryCommand['input'][] = [];
  const policies = new Map<string, string>();
  const calls: string[] = [];
  const replications: object[] = [];
  const failures = new Map<string, { readonly errors: Error[]; readonly applied: boolean }>();
  const exists = (name: string) => repositories.has(name) || images.exists(name);
  const checkRepository = (name = '') => {
    if (!exists(name)) throw ecrError('RepositoryNotFoundException', `no repository ${name}`);
    return name;
  };

  const batchGetImage = async ({ repositoryName, imageIds = [] }: BatchGetImageCommand['input']) => {
    const repository = checkRepository(repositoryName);
    const [id = {}] = imageIds;
    const image = await images.find(repository, id.imageDigest ?? id.imageTag ?? '');
    if (image === undefined) return { images: [], failures: [{ failureCode: 'ImageNotFound', failureReason: 'none' }] };
    const { digest: imageDigest, bytes, mediaType: imageManifestMediaType } = image;
    return {
      images: [{ imageId: { ...id, imageDigest }, imageManifest: bytes.toString('utf8'), imageManifestMediaType }],
    };
  };
  const putImage = async ({ repositoryName, imageTag, ...input }: PutImageCommand['input']) => {
    const repository = checkRepository(repositoryName);
    const bytes = Buffer.from(input.imageManifest ?? '');
    const digest = sha256(bytes);
    if (input.imageDigest !== digest) throw ecrError('ImageDigestDoesNotMatchException');
    const found = (await images.find(repository, imageTag ?? digest))?.digest;
    if (found === digest) throw ecrError('ImageAlreadyExistsException');
    const patterns = repositories.get(repository) ?? MOVABLE;
    if (found !== undefined && !patterns.some((pattern) => matches(pattern, imageTag ?? ''))) {
      throw ecrError('ImageTagAlreadyExistsException');
    }
    const manifest = { bytes, digest, mediaType: input.imageManifestMediaType ?? '' };
    if (!(await images.put(repository, imageTag ?? digest, manifest))) throw ecrError('LayersNotFoundException');
    if (imageTag !== undefined) tags.set(`${repository}:${imageTag}`, digest);
    return {};
  };
  const createRepository = (input: CreateRepositoryCommand['input']) => {
    const name = input.repositoryName ?? '';
    if (exists(name)) throw ecrError('RepositoryAlreadyExistsException');
    const filters = input.imageTagMutabilityExclusionFilters ?? [];
    if (filters.length > MAX_FILTERS) throw ecrError('InvalidParameterException');
    repositories.set(
      name,
      filters.map(({ filter = '' }) => filter),
    );
    created.push(input);
    return {};
  };
  const perform = async (command: unknown): Promise<unknown> => {
    if (command instanceof BatchGetImageCommand) return batchGetImage(command.input);
    if (command instanceof PutImageCommand) return putImage(command.input);
    if (command instanceof CreateRepositoryCommand) return createRepository(command.input);
    if (command instanceof SetRepositoryPolicyCommand) {
      policies.set(checkRepository(command.input.repositoryName), command.input.policyText ?? '');
      return {};
    }
    if (command instanceof DescribeImageReplicationStatusCommand) {
      checkRepository(command.input.repositoryName);
      return { replicationStatuses: replications };
    }
    if (command instanceof GetAuthorizationTokenCommand) return authorization();
    throw new Error('the fake does not know this call');
  };
  const send = async (command: { readonly constructor: { readonly name: string } }) => {
    const call = command.constructor.name.replace(/Command$/, '');
    calls.push(call);
    const failure = failures.get(call);
    const error = failure?.errors.shift();
    if (failure !== undefined && error !== undefined && !failure.applied) throw error;
    const result = await perform(command);
    if (error !== undefined) throw error;
    return result;
  };
  return {
    client: { send } as unknown as FakeEcr['client'],
    calls,
    tags,
    created,
    policies,
    replications,
    exists,
    makeRepository: (name) => {
      repositories.set(name, MOVABLE);
    },
    failNext: (call, error, applied) => {
      failures.set(call, { errors: error instanceof Error ? [error] : [...error], applied });
    },
  };
}

const MOVABLE = ['in-*'];
/** As ECR has it, https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html */
const MAX_FILTERS = 5;

function matches(pattern: string, tag: string): boolean {
  return pattern.endsWith('*') ? tag.startsWith(pattern.slice(0, -1)) : tag === pattern;
}

function authorization(): object {
  const authorizationToken = Buffer.from(`${ECR_LOGIN.username}:${ECR_LOGIN.password}`).toString('base64');
  return { authorizationData: [{ authorizationToken, expiresAt: new Date(Date.now() + 12 * 3600 * 1000) }] };
}

function createMemoryImages(): EcrImages {
  const images = new Map<string, Manifest>();
  return {
    exists: () => false,
    find: async (repository, reference) => images.get(`${repository} ${reference}`),
    put: async (repository, reference, manifest) => {
      for (const each of [reference, manifest.digest]) images.set(`${repository} ${each}`, manifest);
      return true;
    },
  };
}
