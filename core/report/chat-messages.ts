/** Messages as chats take them. Text from outside can make neither links nor mentions. */
import type { Message } from '../ports/runs';

/** Characters that Slack takes in a section. */
const SLACK_LIMIT = 3000;

/** Returns the body for an incoming webhook: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export function slackMessage({ title, isGood, lines, links }: Message): object {
  const body = [
    `${isGood ? ':white_check_mark:' : ':x:'} *${escapeSlack(title)}*`,
    ...lines.map(escapeSlack),
    links.map(({ title: name, url }) => `<${url}|${escapeSlack(name)}>`).join(' · '),
  ];
  const text = clipMiddle(body.filter((line) => line !== ''));
  // With `verbatim`, addresses and names in the text are not turned into links.
  return {
    text: escapeSlack(title),
    blocks: [{ type: 'section', text: { type: 'mrkdwn', verbatim: true, text } }],
  };
}

/** Leaves out whole lines before the last one, which has the links, until the text fits. */
function clipMiddle(lines: readonly string[]): string {
  const text = lines.join('\n');
  return text.length <= SLACK_LIMIT || lines.length < 3
    ? text.slice(0, SLACK_LIMIT)
    : clipMiddle([...lines.slice(0, -2), ...lines.slice(-1)]);
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Buttons that Teams shows below one card. */
const MOST_LINKS = 6;

/**
 * Returns the body for a workflow ("When a Teams webhook request is received"): a message with an adaptive card as its attachment.
 * https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
 */
export function teamsMessage({ title, isGood, lines, links }: Message): object {
  const block = (text: string, style: object = {}) => ({
    type: 'TextBlock',
    text: escapeTeams(text),
    wrap: true,
    ...style,
  });
  const content = {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      block(title, { weight: 'Bolder', size: 'Medium', color: isGood ? 'Good' : 'Attention' }),
      ...lines.map((line) => block(line)),
    ],
    actions: links.slice(0, MOST_LINKS).map(({ title: name, url }) => ({ type: 'Action.OpenUrl', title: name, url })),
  };
  return {
    type: 'message',
    attachments: [{ contentType: 'application/vnd.microsoft.card.adaptive', contentUrl: null, content }],
  };
}

/** Escapes the part of Markdown that cards know: https://learn.microsoft.com/en-us/adaptive-cards/authoring-cards/text-features */
function escapeTeams(text: string): string {
  return text.replace(/[\\`*_[\]()#~|<>&]|^[-+]|(?<=^\d{1,9})[.)]/g, '\\$&');
}
