/** Reads alarms of CloudWatch. */
import { type CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import type { AlarmReader } from '../../core/ports/rollout';

/** Names in one request: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
const MOST_NAMES = 100;

/** Creates the reader. Composite alarms count like others. */
export function createAlarmReader(client: Pick<CloudWatchClient, 'send'>): AlarmReader {
  return {
    states: async (names) => {
      const { MetricAlarms = [], CompositeAlarms = [] } = await client.send(
        new DescribeAlarmsCommand({
          AlarmNames: [...names],
          AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
          MaxRecords: MOST_NAMES,
        }),
      );
      return new Map(
        [...MetricAlarms, ...CompositeAlarms].map(({ AlarmName = '', StateValue = '' }) => [AlarmName, StateValue]),
      );
    },
  };
}
