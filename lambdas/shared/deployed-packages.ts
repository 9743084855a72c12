/** The package indexes of the deployed functions. */
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import * as z from 'zod';
import { createDynamoClaims } from '../../adapters/aws/dynamo-claims';
import { systemClock } from '../../adapters/clock';
import { createCodeArtifactIndex } from '../../adapters/packages/code-artifact-index';
import { MODULE_KINDS } from '../../core/contract/job';
import type { PackageIndexes } from '../../core/ports/packages';
import type { PlanDependencies } from '../plan/plan';
import { LAMBDA_ENV } from './environment';

const Repository = z.strictObject({
  domain: z.string().min(1),
  repository: z.string().min(1),
  /** The kinds that the functions have rights for. */
  kinds: z.array(z.enum(MODULE_KINDS)),
});

/** Returns what the plan step needs if modules are published; nothing if none is. */
export function deployedPublishing(
  env: Readonly<Record<string, string | undefined>>,
): Pick<PlanDependencies, 'publishing'> {
  const name = env[LAMBDA_ENV.packageIndex];
  if (name === undefined) return {};
  const stages = z.array(z.string()).parse(JSON.parse(env[LAMBDA_ENV.publishing] ?? '[]'));
  const claims = createDynamoClaims({}, env[LAMBDA_ENV.claimsTable] ?? '');
  return { publishing: { packages: deployedPackages(name), claims, stages } };
}

/** Opens the repository whose name, as JSON, the construct put into the environment: one index for each kind that is published. */
export function deployedPackages(name: string): PackageIndexes {
  const { kinds, ...place } = Repository.parse(JSON.parse(name));
  const client = new CodeartifactClient({});
  const shared = { ...place, client, clock: systemClock, allowLoopback: false };
  return Object.fromEntries(kinds.map((kind) => [kind, createCodeArtifactIndex({ ...shared, kind })]));
}
