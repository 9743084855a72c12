/** Reads alarms of CloudWatch. */
import { type CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { messageOf } from '../../core/contract/errors';
import type { AlarmReader } from '../../core/ports/rollout';

/** Names and alarms in one request: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html */
const MAX_NAMES = 100;

/** Creates the reader. Composite alarms count like others. An alarm that does not exist is absent from the answer. */
export function createAlarmReader(client: CloudWatchClient): AlarmReader {
  return {
    states: async (names) => {
      const states: [string, string][] = [];
      for (let first = 0; first < names.length; first += MAX_NAMES) {
        states.push(...(await readStates(client, names.slice(first, first + MAX_NAMES))));
      }
      return new Map(states);
    },
  };
}

async function readStates(client: CloudWatchClient, names: readonly string[]): Promise<[string, string][]> {
  const states: [string, string][] = [];
  try {
    const pages = paginateDescribeAlarms(
      { client, pageSize: MAX_NAMES },
      { AlarmNames: [...names], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
    );
    for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages) {
      for (const { AlarmName = '', StateValue = '' } of [...MetricAlarms, ...CompositeAlarms]) {
        states.push([AlarmName, StateValue]);
      }
    }
  } catch (error) {
    throw new Error(`CloudWatch does not answer for alarms: ${messageOf(error)}`, { cause: error });
  }
  return states;
}
