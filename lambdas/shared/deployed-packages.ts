/** The package index of the deployed functions. */
import { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import * as z from 'zod';
import { createDynamoClaims } from '../../adapters/aws/dynamo-claims';
import { systemClock } from '../../adapters/clock';
import { createCodeArtifactIndex } from '../../adapters/packages/code-artifact-index';
import type { PackageIndex } from '../../core/ports/packages';
import type { PlanDependencies } from '../plan/plan';
import { LAMBDA_ENV } from './environment';

const Repository = z.strictObject({ domain: z.string().min(1), repository: z.string().min(1) });

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

/** Opens the index whose name, as JSON, the construct put into the environment. */
export function deployedPackages(name: string): PackageIndex {
  const place = Repository.parse(JSON.parse(name));
  return createCodeArtifactIndex({
    ...place,
    client: new CodeartifactClient({}),
    clock: systemClock,
    allowLoopback: false,
  });
}
