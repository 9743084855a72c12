/** The package indexes of the deployed functions. */
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import * as z from 'zod';
import { createDynamoClaims } from '../../adapters/aws/dynamo-claims';
import { systemClock } from '../../adapters/clock';
import { createCodeArtifactIndex } from '../../adapters/packages/code-artifact-index';
import { createGoTags } from '../../adapters/packages/go-tags';
import { MODULE_KINDS } from '../../core/contract/job';
import type { SourceGit, TagHost } from '../../core/ports/git';
import type { PackageIndexes } from '../../core/ports/packages';
import type { Claims } from '../../core/ports/store';
import type { PlanDependencies } from '../plan/plan';
import { LAMBDA_ENV } from './environment';

const Repository = z.strictObject({
  domain: z.string().min(1),
  repository: z.string().min(1),
  /** The kinds that the functions have rights for. */
  kinds: z.array(z.enum(MODULE_KINDS)),
});

/** Git tags of the monorepo, which are the index of Go modules, and the table that binds them to content. */
interface TagSources {
  readonly git: Pick<SourceGit, 'resolve' | 'holds'>;
  readonly tags: Pick<TagHost, 'createTag'>;
}

/** Returns what the plan step needs if modules are published; nothing if none is. */
export function deployedPublishing(
  env: Readonly<Record<string, string | undefined>>,
  source: TagSources,
): Pick<PlanDependencies, 'publishing'> {
  const name = env[LAMBDA_ENV.packageIndex];
  if (name === undefined) return {};
  const stages = z.array(z.string()).parse(JSON.parse(env[LAMBDA_ENV.publishing] ?? '[]'));
  const claims = createDynamoClaims({}, env[LAMBDA_ENV.claimsTable] ?? '');
  return { publishing: { packages: deployedPackages(name, { claims, ...source }), claims, stages } };
}

/** Returns true if the construct gave the function rights for Go modules. */
export function publishesGo(name: string): boolean {
  return Repository.parse(JSON.parse(name)).kinds.includes('go');
}

/**
 * Opens the repository whose name, as JSON, the construct put into the environment: one index for each kind that is published. Tags of Go modules need
 * the git host.
 */
export function deployedPackages(
  name: string,
  source: (TagSources & { readonly claims: Claims }) | undefined,
): PackageIndexes {
  const { kinds, ...place } = Repository.parse(JSON.parse(name));
  const client = new CodeartifactClient({});
  const shared = { ...place, client, clock: systemClock, allowLoopback: false };
  const indexes = kinds.flatMap((kind) =>
    kind === 'go' ? [] : [[kind, createCodeArtifactIndex({ ...shared, kind })] as const],
  );
  const go = source !== undefined && kinds.includes('go') ? { go: createGoTags(source) } : {};
  return { ...Object.fromEntries(indexes), ...go };
}
