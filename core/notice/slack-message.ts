/** A message as Slack's incoming webhooks take it: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
import type { Message } from './notice-message';

/** The body to be posted. Text from outside can make neither links nor mentions of people. */
export function slackMessage({ title, isGood, lines, links }: Message): object {
  const text = `${isGood ? ':white_check_mark:' : ':x:'} *${plain(title)}*`;
  const body = [text, ...lines.map(plain), links.map(({ title: name, url }) => `<${url}|${plain(name)}>`).join(' · ')];
  return {
    text: plain(title),
    blocks: [{ type: 'section', text: { type: 'mrkdwn', text: shortened(body.filter((line) => line !== '')) } }],
  };
}

/** Slack takes 3,000 characters in a section; whole lines are left out before the last one, which has the links. */
function shortened(lines: readonly string[]): string {
  const text = lines.join('\n');
  return text.length <= 3000 || lines.length < 3
    ? text.slice(0, 3000)
    : shortened([...lines.slice(0, -2), ...lines.slice(-1)]);
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function plain(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
