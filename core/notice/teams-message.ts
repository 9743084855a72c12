/**
 * A message as a workflow of Teams takes it ("When a Teams webhook request is received"): an adaptive card as the attachment of a
 * message. https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
 */
import type { Message } from './notice-message';

/** Buttons below one card: Teams shows six. */
const MOST_LINKS = 6;

/** The body to be posted. Text from outside cannot make links. */
export function teamsMessage({ title, isGood, lines, links }: Message): object {
  const block = (text: string, style: object = {}) => ({ type: 'TextBlock', text: plain(text), wrap: true, ...style });
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
function plain(text: string): string {
  return text.replace(/[\\`*_[\]()#~|]/g, '\\$&');
}
