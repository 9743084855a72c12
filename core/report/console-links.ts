/** Pages of the AWS console where a person sees a run, a stored object or an alarm. */
import { CONSOLE_HOSTS } from '../contract/report';

const EXECUTION = /^arn:([\w-]+):states:([\w-]+):\d{12}:execution:[\w-]+:[\w-]+$/;

const ALARM = /^arn:([\w-]+):cloudwatch:([\w-]+):/;

/** Returns the page of an execution by its ARN, or undefined for one that does not run in AWS. */
export function executionLink(arn: string): string | undefined {
  const found = consoleOf(arn, EXECUTION);
  return found && `${found.origin}/states/home?region=${found.region}#/v2/executions/details/${arn}`;
}

/** Returns the page of an object (`bucket/key`) in the region of the execution, or undefined for one that does not run in AWS. */
export function objectLink(execution: string, location: string): string | undefined {
  const found = consoleOf(execution, EXECUTION);
  const [bucket = '', ...key] = location.split('/');
  const query = `region=${found?.region}&prefix=${encodeURIComponent(key.join('/'))}`;
  return found && `${found.origin}/s3/object/${bucket}?${query}`;
}

/** Returns the page of an alarm by its ARN and name, or undefined for another ARN. */
export function alarmLink(arn: string, name: string): string | undefined {
  const found = consoleOf(arn, ALARM);
  const page = `cloudwatch/home?region=${found?.region}#alarmsV2:alarm/${encodeURIComponent(name)}`;
  return found && `${found.origin}/${page}`;
}

function consoleOf(arn: string, grammar: RegExp): { readonly origin: string; readonly region: string } | undefined {
  const [, partition = '', region = ''] = grammar.exec(arn) ?? [];
  const console = CONSOLE_HOSTS[partition];
  return console === undefined ? undefined : { origin: `https://${region}.${console}`, region };
}
