/** GitHub's rules about pushes: rulesets, and the older branch protection, as far as a login without the right `administration` sees them. */
import * as z from 'zod';
import type { PushRules } from '../../../core/ports/pull-request';
import { type HostOptions, json, undefinedIf } from '../rest';
import { createGitHubApi, type GitHubApi } from './api';

/** https://docs.github.com/en/rest/repos/rules#get-rules-for-a-branch; a login that may bypass them gets them, too. */
const Rules = z.array(
  z.object({ type: z.string(), ruleset_id: z.int().optional(), ruleset_source: z.string().optional() }),
);

/** Rules under which a commit of the pipeline cannot be pushed, and what they ask for. */
const REFUSING: Readonly<Record<string, string>> = {
  pull_request: 'a pull request is required',
  merge_queue: 'a merge queue is required',
  required_status_checks: 'checks must have passed',
  required_deployments: 'a deployment must have succeeded',
  update: 'nobody may update the branch',
  workflows: 'workflows must have passed',
  code_scanning: 'code scanning must have passed',
};

const Protection = z.object({
  repository: z.object({
    ref: z
      .object({
        refUpdateRule: z
          .object({
            requiredApprovingReviewCount: z.int().nullable(),
            requiredStatusCheckContexts: z.array(z.string().nullable()).nullable(),
            viewerCanPush: z.boolean(),
          })
          .nullable(),
      })
      .nullable(),
  }),
});

/** Creates access to the rules. The token needs the permission to read the repository. */
export function createGitHubPushRules(options: HostOptions): PushRules {
  const api = createGitHubApi(options);
  return {
    refusals: async (branch) => {
      const [rulesets, protection] = await Promise.all([readRulesets(api, branch), readProtection(api, branch)]);
      return [...rulesets, ...protection];
    },
  };
}

async function readRulesets(api: GitHubApi, branch: string): Promise<readonly string[]> {
  const rules = await api.send({
    path: `/rules/branches/${encodeURIComponent(branch)}?per_page=100`,
    read: json(Rules, 'the rules of the branch cannot be read'),
  });
  const refusing = rules.filter(({ type }) => REFUSING[type] !== undefined);
  const ids = [...new Set(refusing.flatMap(({ ruleset_id: id }) => id ?? []))];
  const bypassed = await Promise.all(ids.map(async (id) => ((await mayBypass(api, id)) ? [id] : [])));
  const found = refusing
    .filter(({ ruleset_id: id }) => id === undefined || !bypassed.flat().includes(id))
    .map(({ type, ruleset_id: id = 0, ruleset_source: source = 'the repository' }) => {
      return `${REFUSING[type]} (ruleset ${id} of ${source})`;
    });
  return [...new Set(found)];
}

const Ruleset = z.object({ current_user_can_bypass: z.string().optional() });

/** Returns true if a push of the caller passes the ruleset: https://docs.github.com/en/rest/repos/rules#get-a-repository-ruleset */
async function mayBypass(api: GitHubApi, id: number): Promise<boolean> {
  const found = await api.send({ path: `/rulesets/${id}`, read: json(Ruleset, 'a ruleset') }).catch(undefinedIf(404));
  return ['always', 'exempt'].includes(found?.current_user_can_bypass ?? '');
}

async function readProtection(api: GitHubApi, branch: string): Promise<readonly string[]> {
  const query = `query Protection($owner: String!, $name: String!, $branch: String!) {
    repository(owner: $owner, name: $name) { ref(qualifiedName: $branch) { refUpdateRule {
      requiredApprovingReviewCount requiredStatusCheckContexts viewerCanPush
    } } }
  }`;
  const what = 'the protection of the branch cannot be read';
  const { repository } = await api.query(Protection, what, query, { branch: `refs/heads/${branch}` });
  const rule = repository.ref?.refUpdateRule;
  if (rule === undefined || rule === null) return [];
  const checks = rule.requiredStatusCheckContexts ?? [];
  return [
    ...(rule.requiredApprovingReviewCount === null ? [] : ['a pull request is required (branch protection)']),
    ...(checks.length === 0 ? [] : [`checks must have passed: ${checks.join(', ')} (branch protection)`]),
    ...(rule.viewerCanPush ? [] : ['the login is not among those who may push (branch protection)']),
  ];
}
