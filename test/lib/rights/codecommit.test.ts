/** A stack whose monorepo is in CodeCommit: an event rule instead of a webhook, and roles instead of a token. */
import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { ImagePipeline } from '../../../lib/image-pipeline';
import { quickApp, SETTINGS } from '../synthesized';

const git = {
  host: 'codecommit',
  repository: 'optscale',
  apiUrl: 'https://git-codecommit.eu-central-1.amazonaws.com',
} as const;

function templateOf(changes: object): Template {
  const app = quickApp();
  const stack = new Stack(app, 'Shop');
  const catalog = { platform: 'v1.0.0', stages: [{ name: 'apps' }], services: { auth: null } };
  new ImagePipeline(stack, 'Default', { settings: { ...SETTINGS, ...changes }, catalog });
  return Template.fromStack(stack);
}

/** Returns the actions on the repository by the logical id of the policy, for each role that has some. */
function repositoryActions(template: Template): Readonly<Record<string, readonly string[]>> {
  const policies = Object.entries(template.findResources('AWS::IAM::Policy'));
  const found = policies.flatMap(([id, { Properties }]) => {
    const statements: readonly { Action: string | string[]; Resource: unknown }[] = Properties.PolicyDocument.Statement;
    const ours = statements.filter(({ Action }) => [Action].flat().some((action) => action.startsWith('codecommit:')));
    expect(ours.every(({ Resource }) => JSON.stringify(Resource).includes(':optscale'))).toBe(true);
    return ours.length === 0
      ? []
      : [[id.replace(/RoleDefaultPolicy.*$/, ''), ours.flatMap(({ Action }) => Action)] as const];
  });
  return Object.fromEntries(found);
}

test('only the commit step may push, and only the preview may comment', () => {
  const template = templateOf({ git });

  expect(repositoryActions(template)).toEqual({
    Commit: ['codecommit:GitPull', 'codecommit:GitPush'],
    Plan: ['codecommit:GitPull'],
    Reconcile: ['codecommit:GitPull'],
    Report: ['codecommit:GitPull'],
    Preview: [
      'codecommit:GetCommentsForPullRequest',
      'codecommit:GetPullRequest',
      'codecommit:GitPull',
      'codecommit:PostCommentForPullRequest',
      'codecommit:UpdateComment',
    ],
  });
  expect(Object.keys(template.toJSON().Outputs).filter((name) => name.includes('GitSecret'))).toEqual([]);
});

test('the function that starts runs knows the role of the commit step, whose pushes start none', () => {
  const functions = Object.values(templateOf({ git }).findResources('AWS::Lambda::Function'));
  const roles = functions.flatMap(({ Properties }) => Properties.Environment?.Variables?.COMMIT_ROLE_NAME ?? []);

  expect(roles).toEqual([{ Ref: expect.stringMatching(/^CommitRole/) }]);
});

test('the commit step may make pull requests only if a branch asks for them, and never delete a branch', () => {
  const branches = [{ branch: 'main', allow: ['release'], pullRequest: {} }];
  const { Commit, ...others } = repositoryActions(templateOf({ git, branches }));

  expect(Commit).toEqual([
    'codecommit:CreatePullRequest',
    'codecommit:EvaluatePullRequestApprovalRules',
    'codecommit:GetPullRequest',
    'codecommit:GitPull',
    'codecommit:GitPush',
    'codecommit:ListPullRequests',
    'codecommit:MergePullRequestBySquash',
    'codecommit:MergePullRequestByThreeWay',
    'codecommit:PostCommentForPullRequest',
    'codecommit:UpdatePullRequestStatus',
  ]);
  expect(JSON.stringify(others)).not.toContain('GitPush');
});

test('only an event rule for the one repository may call the function that starts runs', () => {
  const template = templateOf({ git });
  const [rule = ''] = Object.keys(
    template.findResources('AWS::Events::Rule', {
      Properties: {
        EventPattern: {
          source: ['aws.codecommit'],
          'detail-type': ['CodeCommit Repository State Change', 'CodeCommit Pull Request State Change'],
          resources: [Match.objectLike({ 'Fn::Join': Match.anyValue() })],
        },
      },
    }),
  );
  const permissions = Object.values(template.findResources('AWS::Lambda::Permission')).filter(({ Properties }) =>
    JSON.stringify(Properties.FunctionName).includes('RepositoryEventsFunction'),
  );

  expect(permissions.map(({ Properties }) => Properties)).toEqual([
    expect.objectContaining({
      Action: 'lambda:InvokeFunction',
      Principal: 'events.amazonaws.com',
      SourceArn: { 'Fn::GetAtt': [rule, 'Arn'] },
    }),
  ]);
  expect(JSON.stringify(template.findResources('AWS::Events::Rule')[rule])).toContain(':codecommit:eu-central-1:');
});

test('no other git host has any of this', () => {
  const template = templateOf({});

  expect(repositoryActions(template)).toEqual({});
  expect(JSON.stringify(template.toJSON())).not.toContain('RepositoryEvents');
});
