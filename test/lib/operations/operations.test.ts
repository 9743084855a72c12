/** What watches the deployed pipeline: alarms, each with a heading in the runbook, dashboard, saved queries, traces. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Template } from 'aws-cdk-lib/assertions';
import { synthesize } from '../synthesized';

const RUNBOOK = readFileSync(join(__dirname, '../../../docs/operations.md'), 'utf8');
/** Of CloudWatch: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html */
const OWN = { Namespace: 'ImagePipeline' };

const chats = synthesize({ settings: { notices: { chats: ['slack', 'teams'] } } });
const template = synthesize();

interface AlarmProperties {
  readonly AlarmDescription: string;
  readonly AlarmActions: readonly unknown[];
  readonly Threshold: number;
  readonly MetricName?: string;
  readonly Metrics?: readonly { readonly Expression?: string; readonly MetricStat?: { readonly Period: number } }[];
}

function alarms(stack: Template): Record<string, AlarmProperties> {
  return Object.fromEntries(
    Object.entries(stack.findResources('AWS::CloudWatch::Alarm')).map(([id, { Properties }]) => [
      id.replace(/^OperationsAlarms/, '').replace(/[0-9A-F]{8}$/, ''),
      Properties,
    ]),
  );
}

/** The headings of one section, as GitHub makes anchors of them. */
function anchorsBelow(heading: string): string[] {
  const section = RUNBOOK.split(/^## /m).find((each) => each.startsWith(heading)) ?? '';
  return [...section.matchAll(/^### (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'));
}

describe('alarms', () => {
  test('exist for runs, pushes, queue, cost and lost events', () => {
    const usual = [
      'CostPerDay',
      'EventsLost',
      'NoRunForAPush',
      'QueueTime',
      'ReconcileFailed',
      'RunStuck',
      'RunsFailed',
      'Throttled',
    ];
    expect(Object.keys(alarms(template)).sort()).toEqual(usual);
    expect(Object.keys(alarms(chats)).sort()).toEqual(usual);
  });

  test('and headings of the runbook are the same', () => {
    const anchors = Object.values(alarms(chats)).map(
      ({ AlarmDescription }) => / What to do: docs\/operations\.md#([\w-]+)$/.exec(AlarmDescription)?.[1],
    );
    expect(anchors.sort()).toEqual(anchorsBelow('When an alarm goes off').sort());
  });

  test('notify the topic, and stay silent without data', () => {
    const [topic] = Object.keys(template.findResources('AWS::SNS::Topic'));
    for (const alarm of Object.values(alarms(template))) {
      expect(alarm).toMatchObject({ AlarmActions: [{ Ref: topic }], TreatMissingData: 'notBreaching' });
    }
  });

  test('watch this state machine, project and functions, each by its metric', () => {
    const found = alarms(chats);
    const machine = { Ref: expect.stringMatching(/^PipelineStateMachine/) };

    expect(found.RunsFailed?.Metrics?.flatMap(({ MetricStat }) => MetricStat ?? [])).toEqual(
      ['ExecutionsFailed', 'ExecutionsTimedOut'].map((MetricName) => ({
        Metric: { Namespace: 'AWS/States', MetricName, Dimensions: [{ Name: 'StateMachineArn', Value: machine }] },
        Period: 300,
        Stat: 'Sum',
      })),
    );
    expect(found.NoRunForAPush).toMatchObject({ ...OWN, MetricName: 'LostPushes', Statistic: 'Sum', Period: 900 });
    expect(found.RunStuck).toMatchObject({ ...OWN, MetricName: 'OldestRunHours', Statistic: 'Maximum' });
    expect(found.QueueTime).toMatchObject({
      Namespace: 'AWS/CodeBuild',
      MetricName: 'QueuedDuration',
      Dimensions: [{ Name: 'ProjectName', Value: { Ref: expect.stringMatching(/^BuilderProject/) } }],
    });
    expect(found.ReconcileFailed).toMatchObject({ MetricName: 'Errors', EvaluationPeriods: 3 });
    expect(found.EventsLost).toMatchObject({
      Namespace: 'AWS/SQS',
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Dimensions: [
        { Name: 'QueueName', Value: { 'Fn::GetAtt': [expect.stringMatching(/^DeadLetters/), 'QueueName'] } },
      ],
    });
    expect(JSON.stringify(found.Throttled?.Metrics)).toMatch(/"Throttles".*"ExecutionThrottled"/);
    const [cost] = found.CostPerDay?.Metrics ?? [];
    expect(cost?.Expression).toBe('seconds / 60 * 0.01');
    expect(found.CostPerDay?.Metrics?.[1]?.MetricStat?.Period).toBe(24 * 60 * 60);
  });

  test('have the thresholds of the settings', () => {
    const environments = [
      { name: 'dev', values: 'a/values.yaml' },
      { name: 'production', values: 'b/values.yaml', approval: { hours: 24 } },
    ];
    const own = { dollarsPerDay: 7, queueMinutes: 5, runHours: 3 };
    const found = alarms(synthesize({ settings: { alarms: own, environments } }));

    expect(found.CostPerDay?.Threshold).toBe(7);
    expect(found.QueueTime?.Threshold).toBe(300);
    expect(found.RunStuck?.Threshold).toBe(27);
  });

  test('name whole hours, even if an approval takes a minute', () => {
    const environments = [{ name: 'dev', values: 'a/values.yaml', approval: { hours: 1 / 60 } }];
    const { RunStuck } = alarms(synthesize({ settings: { environments } }));

    expect(RunStuck).toMatchObject({
      Threshold: 7,
      AlarmDescription: expect.stringContaining('going on for 7 hours.'),
    });
  });
});

describe('overrides of alarms', () => {
  test('change threshold and periods of one alarm, and turn another one off', () => {
    const overrides = { throttled: 'off', 'queue-time': { periods: 4 }, 'runs-failed': { threshold: 3 } } as const;
    const found = alarms(synthesize({ settings: { alarms: { overrides } } }));

    expect(Object.keys(found)).toHaveLength(7);
    expect(found).not.toHaveProperty('Throttled');
    expect(found.QueueTime).toMatchObject({ Threshold: 1800, EvaluationPeriods: 4 });
    expect(found.RunsFailed).toMatchObject({ Threshold: 3, EvaluationPeriods: 1 });
  });

  test('name only existing alarms', () => {
    expect(() => synthesize({ settings: { alarms: { overrides: { 'queue-tim': 'off' } as never } } })).toThrow(
      /alarms\.overrides/,
    );
  });
});

describe('events that a function could not process', () => {
  const functions = chats.findResources('AWS::Lambda::EventInvokeConfig');

  test('are kept for 14 days for every function that events call, except the schedule, which repeats', () => {
    const [[queue]] = Object.entries(chats.findResources('AWS::SQS::Queue')) as [[string, { Properties: object }]];
    const destination = { 'Fn::GetAtt': [queue, 'Arn'] };
    const kept = Object.values(functions).map(({ Properties }) => {
      expect(Properties.DestinationConfig).toEqual({ OnFailure: { Destination: destination } });
      return Properties.FunctionName.Ref;
    });
    const byEvent = Object.values(chats.findResources('AWS::Lambda::Permission'))
      .filter(({ Properties }) => ['events.amazonaws.com', 'sns.amazonaws.com'].includes(Properties.Principal))
      .map(({ Properties }) => Properties.FunctionName['Fn::GetAtt'][0]);

    expect(kept.sort()).toEqual(['NotifyFunction', 'PreviewFunction', 'ReportFunction']);
    expect(byEvent.filter((name) => !kept.includes(name))).toEqual(['ReconcileFunction']);
    chats.hasResourceProperties('AWS::SQS::Queue', { MessageRetentionPeriod: 14 * 86_400, SqsManagedSseEnabled: true });
    const targets = Object.values(chats.findResources('AWS::Events::Rule')).flatMap(
      ({ Properties }) => Properties.Targets,
    );
    expect(targets.filter(({ DeadLetterConfig }) => DeadLetterConfig !== undefined)).toEqual([
      expect.objectContaining({ DeadLetterConfig: { Arn: destination } }),
    ]);
  });
});

describe('the dashboard', () => {
  const body = (stack: Template) =>
    Object.values(stack.findResources('AWS::CloudWatch::Dashboard')).map(({ Properties }) => {
      const parts = Properties.DashboardBody['Fn::Join'][1] as unknown[];
      return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'x')).join(''));
    });

  test('shows every alarm, and at most the fifty metrics that are free', () => {
    const [page] = body(chats);
    const widgets: { properties: { title?: string; metrics?: unknown[]; alarms?: unknown[] } }[] = page.widgets;

    expect(widgets.flatMap(({ properties }) => properties.title ?? [])).toEqual([
      'Alarms',
      'One day',
      'Runs',
      'Time of a run (ms)',
      'Images',
      'Builds',
      'Seconds of a build',
      'Functions',
      'Deliveries of the git host',
    ]);
    expect(widgets.flatMap(({ properties }) => properties.alarms ?? [])).toHaveLength(8);
    expect(widgets.flatMap(({ properties }) => properties.metrics ?? []).length).toBeLessThanOrEqual(50);
  });

  test('is left out if the settings say so', () => {
    expect(body(synthesize({ settings: { dashboard: false } }))).toEqual([]);
  });
});

describe('logs and traces', () => {
  const functions = template.findResources('AWS::Lambda::Function');

  test('every function and the state machine send traces', () => {
    for (const [name, { Properties }] of Object.entries(functions)) {
      expect({ name, mode: Properties.TracingConfig?.Mode }).toEqual({ name, mode: 'Active' });
    }
    template.hasResourceProperties('AWS::StepFunctions::StateMachine', { TracingConfiguration: { Enabled: true } });
  });

  test('the saved queries are those that the runbook names, and ask all functions by fields that are logged', () => {
    const queries = Object.values(template.findResources('AWS::Logs::QueryDefinition')).map(
      ({ Properties }) => Properties,
    );

    for (const { LogGroupNames, Name } of queries) {
      expect(LogGroupNames).toHaveLength(Object.keys(functions).length);
      expect(RUNBOOK).toContain(`*${Name['Fn::Join'][1].at(-1).slice(1)}*`);
    }
    expect(queries).toHaveLength(6);
    const asked = queries.flatMap(({ QueryString }) =>
      [...QueryString.matchAll(/filter (\w+)/g)].map(([, field]) => field),
    );
    expect([...new Set(asked)].sort()).toEqual(['message', 'run', 'step']);
  });
});

describe('the idle cost of the stack', () => {
  const rows = [...RUNBOOK.matchAll(/^\| ([^|]+) \| (\d+) \| ([\d.]+) \| ([\d.]+) \|$/gm)].map(
    ([, what = '', number, each, dollars]) => ({
      what,
      number: Number(number),
      each: Number(each),
      dollars: Number(dollars),
    }),
  );
  const sum = Number(/^\| sum \| +\| +\| ([\d.]+) \|$/m.exec(RUNBOOK)?.[1]);

  test('is counted from the template', () => {
    const counted = Object.fromEntries(rows.map(({ what, number }) => [what, number]));
    const metrics = Object.values(alarms(template)).map(
      ({ Metrics = [{ MetricStat: {} }] }) => Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length,
    );

    expect(counted.secrets).toBe(Object.keys(template.findResources('AWS::SecretsManager::Secret')).length);
    expect(counted['metrics in alarms']).toBe(metrics.reduce((all, each) => all + each, 0));
    template.resourceCountIs('AWS::KMS::Key', 0);
  });

  test('adds up to less than 2 USD a month', () => {
    expect(rows).toHaveLength(6);
    for (const { number, each, dollars } of rows) expect(dollars).toBeCloseTo(number * each, 2);
    expect(rows.reduce((all, { dollars }) => all + dollars, 0)).toBeCloseTo(sum, 10);
    expect(sum).toBeLessThan(2);
  });
});
