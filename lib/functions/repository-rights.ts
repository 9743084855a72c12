/** Rights of functions on a CodeCommit repository. */
import { PolicyStatement } from 'aws-cdk-lib/aws-iam';

/** What a function does with the repository. */
export type RepositoryUse = 'read' | 'commit' | 'propose' | 'comment';

/** What a function does with a values repository. */
export type ValuesUse = Exclude<RepositoryUse, 'comment'>;

/** Returns the rights on the repository: to read it, to commit as well, to commit by pull requests, or to comment as well. */
export function usingRepository(repository: string, use: RepositoryUse): PolicyStatement {
  const actions = {
    read: ['codecommit:GitPull'],
    commit: ['codecommit:GitPull', 'codecommit:GitPush'],
    propose: [
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
    ],
    comment: [
      'codecommit:GetCommentsForPullRequest',
      'codecommit:GetPullRequest',
      'codecommit:GitPull',
      'codecommit:PostCommentForPullRequest',
      'codecommit:UpdateComment',
    ],
  } as const;
  return new PolicyStatement({ actions: [...actions[use]], resources: [repository] });
}
