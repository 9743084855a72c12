/** Parameters of `startBuild` for a module, as the state machine gives them. */
import type { ModuleKind } from '../../../core/contract/job';
import { ecosystemOf } from '../../../core/modules/ecosystems';
import type { SampleSource } from './embedded/sample-source';
import { plainVariables } from './start-build-request';

export interface ModuleRequest {
  readonly source: Pick<SampleSource, 'location' | 'commit' | 'contents'>;
  readonly module: string;
  /** Default: `python`. */
  readonly kind?: ModuleKind;
  /** Folder that takes what is built; it ends with `/`. */
  readonly packages: string;
  readonly run?: string;
  readonly contentDigest?: string;
  /** Default: 0.1.0 with the suffix of the content. */
  readonly version?: string;
  readonly token?: string;
}

/** The job's environment. */
export function moduleVariables({ source, module, kind = 'python', ...request }: ModuleRequest) {
  const content = request.contentDigest ?? source.contents.get(module) ?? 'none';
  return {
    RUN_ID: request.run ?? 'run-1',
    MODULE: module,
    PACKAGE_KIND: kind,
    CONTENT_DIGEST: content,
    PACKAGE_VERSION: request.version ?? `0.1.0${ecosystemOf({ kind }).versionSuffix(content)}`,
    PACKAGE_FOLDER: request.packages,
    SOURCE_COMMIT: source.commit,
  };
}

export function startModuleRequest(request: ModuleRequest) {
  return {
    ProjectName: 'modules',
    SourceTypeOverride: 'S3',
    SourceLocationOverride: request.source.location,
    EnvironmentVariablesOverride: plainVariables(moduleVariables(request)),
    TimeoutInMinutesOverride: 15,
    IdempotencyToken: request.token ?? `token-${request.module}`,
  };
}
