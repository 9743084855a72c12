/** Parameters of `startBuild` as the state machine gives them. */
import type { JobBases } from '../../../core/contract/job';
import type { SampleSource } from './embedded/sample-source';

export interface BuildRequest {
  readonly source: SampleSource;
  readonly service: string;
  /** Host of the registry that the candidate goes to. */
  readonly host: string;
  readonly run?: string;
  readonly inputDigest?: string;
  readonly token?: string;
  readonly commit?: string;
  readonly bases?: JobBases;
}

const NO_BASES: JobBases = { digests: {}, images: {}, noCache: false, cacheScope: 'release' };

export function candidateOf({ source, service, host }: BuildRequest): string {
  return `${host}/candidates:${service}.${source.digests.get(service) ?? 'none'}`;
}

/** Parameters of a job that builds several images. `list` is the file that has them. */
export function startMachineRequest({ source, ...request }: Omit<BuildRequest, 'service'>, list: string) {
  const { run = 'run-1', commit = source.commit } = request;
  return {
    ...startBuildRequest({ ...request, source, service: 'machine' }),
    EnvironmentVariablesOverride: plainVariables({ RUN_ID: run, IMAGE_LIST: list, SOURCE_COMMIT: commit }),
  };
}

/** What the plan step stores of an image for its machine. */
export function listedImage(request: BuildRequest) {
  const { source, service, inputDigest = source.digests.get(service) ?? 'none', bases = NO_BASES } = request;
  return { service, inputDigest, candidate: candidateOf(request), bases: JSON.stringify(bases), timeoutMinutes: 15 };
}

/** Variables as the state machine writes them. */
export function plainVariables(variables: Readonly<Record<string, string>>) {
  return Object.entries(variables).map(([Name, Value]) => ({ Name, Value, Type: 'PLAINTEXT' }));
}

export function startBuildRequest(request: BuildRequest) {
  const { source, service } = request;
  const variables = {
    RUN_ID: request.run ?? 'run-1',
    SERVICE: service,
    INPUT_DIGEST: request.inputDigest ?? source.digests.get(service) ?? 'none',
    CANDIDATE_IMAGE: candidateOf(request),
    BASE_IMAGES: JSON.stringify(request.bases ?? NO_BASES),
    SOURCE_COMMIT: request.commit ?? source.commit,
  };
  return {
    ProjectName: 'project',
    SourceTypeOverride: 'S3',
    SourceLocationOverride: source.location,
    EnvironmentVariablesOverride: plainVariables(variables),
    TimeoutInMinutesOverride: 15,
    ComputeTypeOverride: 'BUILD_GENERAL1_MEDIUM',
    EnvironmentTypeOverride: 'LINUX_CONTAINER',
    ImageOverride: 'aws/codebuild/standard:7.0',
    IdempotencyToken: request.token ?? `token-${service}`,
  };
}
