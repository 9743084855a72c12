/** The logs of CodeBuild's builds in CloudWatch. */
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import { messageOf } from '../../core/contract/errors';

/** Lines that a page shows. */
const SHOWN = 80;

/**
 * Returns the end of the log behind a link of CodeBuild's (`Logs.DeepLink`), or a sentence that says why it cannot be read. Returns undefined
 * for a link without a log, which a build has that never ran.
 */
export async function readBuildLog(client: CloudWatchLogsClient, link: string): Promise<string | undefined> {
  const place = logPlace(link);
  if (place === undefined) return undefined;
  const { GetLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs');
  try {
    const { events = [] } = await client.send(
      new GetLogEventsCommand({ ...place, limit: SHOWN, startFromHead: false }),
    );
    return events.map(({ message = '' }) => message.replace(/\n$/, '')).join('\n');
  } catch (error) {
    return `The log cannot be read: ${messageOf(error)}`;
  }
}

/**
 * Returns the log that a link to CloudWatch's console shows. In its fragment, names are encoded twice, with `$` for the second `%`:
 * `#logsV2:log-groups/log-group/$252Faws$252Fcodebuild$252Fbuilder/log-events/4f1e`.
 */
export function logPlace(link: string): { readonly logGroupName: string; readonly logStreamName: string } | undefined {
  const [, group, stream] = /#logsV2:log-groups\/log-group\/([^/]+)\/log-events\/([^/]+)$/.exec(link) ?? [];
  if (group === undefined || stream === undefined) return undefined;
  try {
    return { logGroupName: decoded(group), logStreamName: decoded(stream) };
  } catch {
    return undefined;
  }
}

function decoded(text: string): string {
  return decodeURIComponent(decodeURIComponent(text.replaceAll('$', '%')));
}
