/** Parameters of `startBuild` for a module, as the state machine gives them. */
import type { SampleSource } from './embedded/sample-source';

export interface ModuleRequest {
  readonly source: Pick<SampleSource, 'location' | 'commit' | 'contents'>;
  readonly module: string;
  /** Folder that takes what is built; it ends with `/`. */
  readonly packages: string;
  readonly run?: string;
  readonly contentDigest?: string;
  readonly token?: string;
}

/** The job's environment. */
export function moduleVariables({ source, module, packages, run, contentDigest }: ModuleRequest) {
  return {
    RUN_ID: run ?? 'run-1',
    MODULE: module,
    CONTENT_DIGEST: contentDigest ?? source.contents.get(module) ?? 'none',
    PACKAGE_FOLDER: packages,
    SOURCE_COMMIT: source.commit,
  };
}

export function startModuleRequest(request: ModuleRequest) {
  return {
    ProjectName: 'modules',
    SourceTypeOverride: 'S3',
    SourceLocationOverride: request.source.location,
    EnvironmentVariablesOverride: Object.entries(moduleVariables(request)).map(([Name, Value]) => ({
      Name,
      Value,
      Type: 'PLAINTEXT',
    })),
    TimeoutInMinutesOverride: 15,
    IdempotencyToken: request.token ?? `token-${request.module}`,
  };
}
