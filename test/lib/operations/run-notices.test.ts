/** How runs ended is told to people, whatever ended them. */
import { Match } from 'aws-cdk-lib/assertions';
import { readNotice } from '../../../core/report/notice';
import { synthesize } from '../synthesized';

const template = synthesize();

describe('notices of failure', () => {
  test('are sent for every failed end of a run of this state machine, and of no other', () => {
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

  test.each([
    ['aws', 'eu-central-1', 'eu-central-1.console.aws.amazon.com'],
    ['aws-cn', 'cn-north-1', 'cn-north-1.console.amazonaws.cn'],
    ['aws-us-gov', 'us-gov-west-1', 'us-gov-west-1.console.amazonaws-us-gov.com'],
  ])(
    'name the run and link to the console of partition %s, without the data of the run',
    (partition, region, console) => {
      const [consoles] = Object.values(template.findMappings('*'));
      const rules = Object.values(template.findResources('AWS::Events::Rule'));
      const [target] = rules
        .flatMap(({ Properties }) => Properties.Targets)
        .filter((each) => 'InputTransformer' in each);
      expect(Object.values(target.InputTransformer.InputPathsMap)).toEqual([
        '$.detail.name',
        '$.detail.status',
        '$.detail.executionArn',
      ]);
      const parts: unknown[] = target.InputTransformer.InputTemplate['Fn::Join'][1];
      const resolved = (part: unknown) => ('Fn::FindInMap' in Object(part) ? consoles?.[partition]?.host : region);
      const text = parts.map((part) => (typeof part === 'string' ? part : resolved(part))).join('');
      const event = { '<detail-name>': 'run-1', '<detail-status>': 'FAILED', '<detail-executionArn>': 'arn:x' };
      const told = Object.entries(event).reduce((line, [place, value]) => line.replace(place, value), text);
      // EventBridge puts a text into quotes, which is JSON.
      expect(readNotice(JSON.parse(told))).toEqual({
        kind: 'run',
        run: 'run-1',
        status: 'FAILED',
        link: `https://${console}/states/home?region=${region}#/v2/executions/details/arn:x`,
      });
    },
  );

  test('are published by EventBridge and by alarms of this account, over TLS alone', () => {
    const [policy] = Object.values(template.findResources('AWS::SNS::TopicPolicy'));
    expect(policy?.Properties.PolicyDocument.Statement).toEqual([
      expect.objectContaining({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'cloudwatch.amazonaws.com' },
        Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
      }),
      expect.objectContaining({
        Effect: 'Allow',
        Action: 'sns:Publish',
        Principal: { Service: 'events.amazonaws.com' },
      }),
    ]);
  });

  test('are sent for successful runs, too, if the settings say so', () => {
    synthesize({ settings: { notices: { successes: true } } }).hasResourceProperties('AWS::Events::Rule', {
      EventPattern: { detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED', 'SUCCEEDED'] } },
    });
  });

  test('are sent only to the addresses of the settings', () => {
    const subscribers = (notices?: Parameters<typeof synthesize>[0]) =>
      Object.values(synthesize(notices).findResources('AWS::SNS::Subscription')).map(({ Properties }) => [
        Properties.Protocol,
        Properties.Endpoint,
      ]);

    expect(subscribers()).toEqual([]);
    template.resourcePropertiesCountIs('AWS::SecretsManager::Secret', {}, 2);
    expect(
      subscribers({ settings: { notices: { emails: ['a@example.com', 'b@example.com'], chats: ['slack'] } } }),
    ).toEqual([
      ['email', 'a@example.com'],
      ['email', 'b@example.com'],
      ['lambda', { 'Fn::GetAtt': ['NotifyFunction', 'Arn'] }],
    ]);
  });

  test('are posted to chats by a function that only the topic may call', () => {
    const chats = synthesize({ settings: { notices: { chats: ['teams'] } } });
    const callers = Object.values(chats.findResources('AWS::Lambda::Permission')).filter(
      ({ Properties }) => Properties.FunctionName['Fn::GetAtt'][0] === 'NotifyFunction',
    );

    expect(callers.map(({ Properties }) => [Properties.Principal, Object.keys(Properties.SourceArn)])).toEqual([
      ['sns.amazonaws.com', ['Ref']],
    ]);
    chats.hasOutput('ChatSecretArn', {});
  });
});
