/** Amazon ECR in memory, as far as the release step uses its API: immutable tags with exclusions, and its error names. */
import { BatchGetImageCommand, CreateRepositoryCommand, type ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { sha256 } from './fake-registry-content';

interface StoredImage {
  readonly manifest: string;
  readonly mediaType: string;
}

export interface FakeEcr {
  readonly client: Pick<ECRClient, 'send'>;
  /** Names of the calls, in order. */
  readonly calls: readonly string[];
  /** Digest by `repository:tag`. */
  readonly tags: ReadonlyMap<string, string>;
  /** What repositories were made with. */
  readonly created: readonly CreateRepositoryCommand['input'][];
  makeRepository(name: string): void;
  /** The next call of this name fails so; `applied` says whether it was done all the same. */
  failNext(call: string, error: Error, applied: boolean): void;
}

/** An error as the SDK throws it. */
export function ecrError(name: string, message = name): Error {
  return Object.assign(new Error(message), { name });
}

export function createFakeEcr(): FakeEcr {
  const repositories = new Map<string, Map<string, StoredImage>>();
  const tags = new Map<string, string>();
  const created: CreateRepositoryCommand['input'][] = [];
  const calls: string[] = [];
  const failures = new Map<string, { readonly error: Error; readonly applied: boolean }>();
  const imagesOf = (name = '') => {
    const images = repositories.get(name);
    if (images === undefined) throw ecrError('RepositoryNotFoundException', `no repository ${name}`);
    return images;
  };

  const batchGetImage = ({ repositoryName, imageIds = [] }: BatchGetImageCommand['input']) => {
    const images = imagesOf(repositoryName);
    const [id = {}] = imageIds;
    const digest = id.imageDigest ?? tags.get(`${repositoryName}:${id.imageTag}`) ?? '';
    const image = images.get(digest);
    if (image === undefined) return { images: [], failures: [{ failureCode: 'ImageNotFound', failureReason: 'none' }] };
    const imageId = { imageDigest: digest, ...id };
    return { images: [{ imageId, imageManifest: image.manifest, imageManifestMediaType: image.mediaType }] };
  };
  const putImage = ({ repositoryName, ...input }: PutImageCommand['input']) => {
    const images = imagesOf(repositoryName);
    const manifest = input.imageManifest ?? '';
    const digest = sha256(Buffer.from(manifest));
    if (input.imageDigest !== digest) throw ecrError('ImageDigestDoesNotMatchException');
    const key = `${repositoryName}:${input.imageTag}`;
    const isThere = input.imageTag === undefined ? images.has(digest) : tags.get(key) === digest;
    if (isThere) throw ecrError('ImageAlreadyExistsException');
    if (tags.has(key) && !input.imageTag?.startsWith('in-')) throw ecrError('ImageTagAlreadyExistsException');
    images.set(digest, { manifest, mediaType: input.imageManifestMediaType ?? '' });
    if (input.imageTag !== undefined) tags.set(key, digest);
    return {};
  };
  const perform = (command: unknown): unknown => {
    if (command instanceof BatchGetImageCommand) return batchGetImage(command.input);
    if (command instanceof PutImageCommand) return putImage(command.input);
    if (command instanceof CreateRepositoryCommand) {
      const name = command.input.repositoryName ?? '';
      if (repositories.has(name)) throw ecrError('RepositoryAlreadyExistsException');
      repositories.set(name, new Map());
      created.push(command.input);
      return {};
    }
    throw new Error('the fake does not know this call');
  };
  const send = async (command: { readonly constructor: { readonly name: string } }) => {
    const call = command.constructor.name.replace(/Command$/, '');
    calls.push(call);
    const failure = failures.get(call);
    failures.delete(call);
    if (failure !== undefined && !failure.applied) throw failure.error;
    const result = perform(command);
    if (failure !== undefined) throw failure.error;
    return result;
  };
  return {
    client: { send } as unknown as FakeEcr['client'],
    calls,
    tags,
    created,
    makeRepository: (name) => {
      repositories.set(name, new Map());
    },
    failNext: (call, error, applied) => {
      failures.set(call, { error, applied });
    },
  };
}
