/** Runs that end badly are told to people, whatever ended them. */
import { Match } from 'aws-cdk-lib/assertions';
import { synthesize } from './synthesized';

const template = synthesize();

describe('notices of failure', () => {
  test('follow from every bad end of a run of this state machine, and of no other', () => {
    template.hasResourceProperties('AWS::Events::Rule', {
      State: 'ENABLED',
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: {
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
          stateMachineArn: [{ Ref: Match.stringLikeRegexp('^PipelineStateMachine') }],
        },
      },
    });
  });

  test('name the run and lead to it, without its data', () => {
    const [rule] = Object.values(template.findResources('AWS::Events::Rule'));
    const [target] = rule?.Properties.Targets ?? [];
    expect(Object.values(target.InputTransformer.InputPathsMap)).toEqual([
      '$.detail.name',
      '$.detail.status',
      '$.detail.executionArn',
    ]);
    expect(JSON.stringify(target.InputTransformer.InputTemplate)).toContain(
      'Run <detail-name> ended as <detail-status>',
    );
  });

  test('are published by EventBridge alone, over TLS alone', () => {
    const [policy] = Object.values(template.findResources('AWS::SNS::TopicPolicy'));
    expect(policy?.Properties.PolicyDocument.Statement).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'events.amazonaws.com' },
      }),
    ]);
  });
});
