/** A message as Slack's incoming webhooks take it: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
import type { Message } from '../ports/runs';

/** The body to be posted. Text from outside can make neither links nor mentions of people. */
export function slackMessage({ title, isGood, lines, links }: Message): object {
  const text = `${isGood ? ':white_check_mark:' : ':x:'} *${plainForSlack(title)}*`;
  const body = [
    text,
    ...lines.map(plainForSlack),
    links.map(({ title: name, url }) => `<${url}|${plainForSlack(name)}>`).join(' · '),
  ];
  return {
    text: plainForSlack(title),
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
function plainForSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

// * A message as a workflow of Teams takes it ("When a Teams webhook request is received"): an adaptive card as the attachment of a
// message. https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook

/** Buttons below one card: Teams shows six. */
const MOST_LINKS = 6;

/** The body to be posted. Text from outside cannot make links. */
export function teamsMessage({ title, isGood, lines, links }: Message): object {
  const block = (text: string, style: object = {}) => ({
    type: 'TextBlock',
    text: plainForTeams(text),
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

/** Cards know a part of Markdown; a backslash takes its meaning from a sign. */
function plainForTeams(text: string): string {
  return text.replace(/[\\`*_[\]()#~|]/g, '\\$&');
}
