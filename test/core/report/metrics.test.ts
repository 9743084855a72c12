/** Log lines that CloudWatch makes metrics of: the embedded metric format, word by word. */
import { metricLine, stateMachineName } from '../../../core/report/metrics';

describe('a line of metrics', () => {
  test('names each value once as a metric and once as a field, with a unit that CloudWatch knows', () => {
    expect(metricLine('Pipeline', { Built: 3, BuildDollars: 0.3 }, 1_760_000_000_000, { run: 'run-1' })).toEqual({
      message: 'metrics',
      run: 'run-1',
      StateMachine: 'Pipeline',
      Built: 3,
      BuildDollars: 0.3,
      _aws: {
        Timestamp: 1_760_000_000_000,
        CloudWatchMetrics: [
          {
            Namespace: 'ImagePipeline',
            Dimensions: [['StateMachine']],
            Metrics: [
              { Name: 'Built', Unit: 'Count' },
              { Name: 'BuildDollars', Unit: 'None' },
            ],
          },
        ],
      },
    });
  });

  test.each([
    ['arn:aws:states:eu-central-1:111122223333:execution:Pipeline-x1:push-1', 'Pipeline-x1'],
    ['arn:aws-cn:states:cn-north-1:111122223333:stateMachine:Pipeline', 'Pipeline'],
    ['local:run-1', undefined],
    ['', undefined],
  ])('of %s is about %s', (arn, name) => {
    expect(stateMachineName(arn)).toBe(name);
  });
});
