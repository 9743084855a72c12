import { logPlace } from '../../../adapters/aws/build-log';

const CONSOLE = 'https://console.aws.amazon.com/cloudwatch/home?region=eu-central-1';

test.each([
  [
    '#logsV2:log-groups/log-group/$252Faws$252Fcodebuild$252Fbuilder/log-events/4f1e-2',
    { logGroupName: '/aws/codebuild/builder', logStreamName: '4f1e-2' },
  ],
  ['#logEvent:group=null;stream=null', undefined],
  ['#logsV2:log-groups/log-group/$25ZZ/log-events/x', undefined],
])('the link %s leads to %j', (fragment, place) => {
  expect(logPlace(`${CONSOLE}${fragment}`)).toEqual(place);
});
