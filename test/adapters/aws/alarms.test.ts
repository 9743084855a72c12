/** Alarms read by the real SDK from a CloudWatch on loopback. */
import { CloudWatchClient, type DescribeAlarmsCommandInput } from '@aws-sdk/client-cloudwatch';
import { createAlarmReader } from '../../../adapters/aws/alarms';
import type { AlarmReader } from '../../../core/ports/rollout';
import { type FakeAws, startFakeAws } from '../../support/aws/fake-aws';

let aws: FakeAws;
let client: CloudWatchClient;
let alarms: AlarmReader;
/** The alarms of the account. */
let states: Map<string, string>;
let composite: ReadonlySet<string>;

/** Pages of at most 40 alarms, as CloudWatch may cut an answer anywhere. */
function describeAlarms(input: object): object {
  const { AlarmNames: names = [], AlarmTypes: types = [], NextToken = '0' } = input as DescribeAlarmsCommandInput;
  if (names.length > 100) return { error: 'ValidationError' };
  const found = names.filter((name) => states.has(name));
  const page = found.slice(Number(NextToken), Number(NextToken) + 40);
  const of = (isComposite: boolean) =>
    page
      .filter((name) => composite.has(name) === isComposite)
      .map((AlarmName) => ({ AlarmName, StateValue: states.get(AlarmName) }));
  const next = Number(NextToken) + 40;
  return {
    MetricAlarms: types.includes('MetricAlarm') ? of(false) : [],
    CompositeAlarms: types.includes('CompositeAlarm') ? of(true) : [],
    ...(next < found.length ? { NextToken: String(next) } : {}),
  };
}

beforeEach(async () => {
  aws = await startFakeAws();
  aws.answers.set('DescribeAlarms', describeAlarms);
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
  client = new CloudWatchClient({ region: 'eu-central-1', endpoint: aws.url, credentials, maxAttempts: 1 });
  alarms = createAlarmReader(client);
  states = new Map([
    ['errors', 'ALARM'],
    ['latency', 'OK'],
    ['new', 'INSUFFICIENT_DATA'],
    ['all', 'ALARM'],
  ]);
  composite = new Set(['all']);
});
afterEach(async () => {
  client.destroy();
  await aws.stop();
});

test('every alarm has its state, composite ones too, and one that does not exist is absent', async () => {
  expect(await alarms.states(['errors', 'gone', 'latency', 'new', 'all'])).toEqual(states);
  expect(aws.calls).toEqual(['DescribeAlarms']);
});

test('no names need no request', async () => {
  expect(await alarms.states([])).toEqual(new Map());
  expect(aws.calls).toEqual([]);
});

test('all pages are read, and no request has more names than CloudWatch allows', async () => {
  states = new Map(Array.from({ length: 130 }, (_, at) => [`alarm-${at}`, at === 129 ? 'ALARM' : 'OK']));

  expect(await alarms.states([...states.keys()])).toEqual(states);
  expect(aws.calls).toHaveLength(4);
});

test('a refusal and a lost connection are errors, never quiet alarms', async () => {
  aws.answers.set('DescribeAlarms', () => ({ error: 'AccessDeniedException' }));
  await expect(alarms.states(['errors'])).rejects.toThrow('CloudWatch does not answer for alarms: fake AccessDenied');

  aws.answers.set('DescribeAlarms', () => 'lost');
  await expect(alarms.states(['errors'])).rejects.toThrow('CloudWatch does not answer for alarms: ');
});
