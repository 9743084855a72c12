/** Judges the deployed stack: its state, and if it can publish what the catalog publishes. */
import type { Catalog } from '../catalog/model';
import { publishingModules } from '../modules/plan-modules';
import { type Finding, later, ok, problem } from './finding';

interface StackPlace {
  readonly stackName: string;
  readonly region: string;
}

/** Returns the finding about a stack in this state; undefined before the first deployment. */
export function judgeStack(status: string | undefined, { stackName, region }: StackPlace): Finding {
  if (status === undefined) return later('stack', `${stackName} is not deployed in ${region} yet`, 'npx cdk deploy');
  if (/_COMPLETE$/.test(status) && !/ROLLBACK|DELETE/.test(status)) {
    return ok('stack', `${stackName} is ${status}`);
  }
  if (status === 'UPDATE_ROLLBACK_COMPLETE') {
    return problem('stack', `the last deployment of ${stackName} failed and was rolled back`, 'npx cdk deploy');
  }
  const events = `aws cloudformation describe-stack-events --stack-name ${stackName} --region ${region}`;
  return problem('stack', `${stackName} is ${status}`, events);
}

/**
 * Returns a finding for the kinds of packages that the catalog publishes and the stack does not: its functions have no rights to them, and
 * the plan refuses the modules. `outputs` are those of the stack; undefined before the first deployment.
 */
export function judgePackageKinds(
  outputs: Readonly<Record<string, string>> | undefined,
  catalog: Pick<Catalog, 'modules'> | undefined,
): readonly Finding[] {
  if (outputs === undefined) return [];
  const wanted = new Set((catalog ? publishingModules(catalog) : []).map(({ publish }) => publish.kind ?? 'python'));
  const deployed = (outputs.PackageKinds ?? '').split(' ');
  const missing = [...wanted].filter((kind) => !deployed.includes(kind));
  if (missing.length === 0) return [];
  const text = `the catalog publishes modules as packages of the kind ${missing.join(' and ')}, the deployed stack none of them`;
  return [problem('package index', text, 'npx cdk deploy')];
}
