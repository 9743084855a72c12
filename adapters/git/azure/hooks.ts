/**
 * Service hooks of a repository on Azure DevOps: https://learn.microsoft.com/rest/api/azure/devops/hooks/subscriptions. A subscription has
 * one event, so that a webhook consists of three.
 */
import * as z from 'zod';
import { HOOK_EVENTS, type Hook, type HookEvent } from '../../../core/doctor/judge-webhook';
import { AZURE_USER } from '../../../core/webhook/azure';
import type { GitHostHooks, HookContent } from '../git-host-access';
import { type HostOptions, json } from '../rest';
import { createOrganizationRest, readRepository, VERSION } from './git-host';

const Subscription = z.object({
  id: z.string(),
  status: z.string().optional(),
  eventType: z.string(),
  publisherInputs: z.record(z.string(), z.string().nullable()),
  consumerInputs: z.record(z.string(), z.string().nullable()),
});
type Subscription = z.infer<typeof Subscription>;

/** Azure's names of each event that the webhook gets. */
const EVENTS: Readonly<Record<HookEvent, readonly string[]>> = {
  push: ['git.push'],
  pull_request: ['git.pullrequest.created', 'git.pullrequest.updated'],
};

const CONSUMER = { publisherId: 'tfs', consumerId: 'webHooks', consumerActionId: 'httpRequest' } as const;

/** Creates access to webhooks. The token needs the scopes `vso.code_write` and `vso.hooks_write` of an administrator of the project. */
export function createAzureHooks(options: HostOptions): GitHostHooks {
  const send = createOrganizationRest(options);

  async function subscriptions(): Promise<readonly Subscription[]> {
    const { id } = await readRepository(options);
    const query = `consumerId=${CONSUMER.consumerId}&consumerActionId=${CONSUMER.consumerActionId}&${VERSION}`;
    const { value } = await send({
      path: `/hooks/subscriptions?publisherId=${CONSUMER.publisherId}&${query}`,
      read: json(z.object({ value: z.array(Subscription) }), 'the service hooks cannot be listed'),
    });
    return value.filter(({ publisherInputs }) => publisherInputs.repository?.toLowerCase() === id.toLowerCase());
  }

  /** Makes the subscription of an event, or overwrites it. */
  async function write(eventType: string, { url, secret }: HookContent, id: string | undefined): Promise<string> {
    const { id: repository, project } = await readRepository(options);
    const written = await send({
      method: id === undefined ? 'POST' : 'PUT',
      path: `/hooks/subscriptions${id === undefined ? '' : `/${id}`}?${VERSION}`,
      body: {
        ...CONSUMER,
        ...(id === undefined ? {} : { id }),
        eventType,
        resourceVersion: '1.0',
        status: 'enabled',
        publisherInputs: { projectId: project.id, repository },
        consumerInputs: {
          url,
          basicAuthUsername: AZURE_USER,
          basicAuthPassword: secret,
          resourceDetailsToSend: 'all',
          messagesToSend: 'none',
          detailedMessagesToSend: 'none',
        },
      },
      // Creating is not repeated, because a second subscription would deliver every push twice.
      expect: [200, 201],
      read: json(Subscription, 'the service hook cannot be set'),
    });
    return written.id;
  }

  return {
    list: async () => hooksOf(await subscriptions()),
    create: async (content) => {
      const ids: string[] = [];
      for (const event of content.events.flatMap((each) => EVENTS[each]))
        ids.push(await write(event, content, undefined));
      return ids[0] ?? '';
    },
    update: async (id, content) => {
      const known = groupsOf(await subscriptions()).find((group) => group[0]?.id === id) ?? [];
      for (const event of content.events.flatMap((each) => EVENTS[each])) {
        await write(event, content, known.find(({ eventType }) => eventType === event)?.id);
      }
      return id;
    },
    deliveries: async () => [],
  };
}

/** Groups the subscriptions to one address: the first ones of each event, the second ones and so on. */
function groupsOf(subscriptions: readonly Subscription[]): readonly (readonly Subscription[])[] {
  const groups: Subscription[][] = [];
  for (const subscription of subscriptions) {
    const { eventType, consumerInputs } = subscription;
    const group = groups.find(
      (each) =>
        each[0]?.consumerInputs.url === consumerInputs.url && each.every((other) => other.eventType !== eventType),
    );
    if (group === undefined) groups.push([subscription]);
    else group.push(subscription);
  }
  return groups;
}

/** The reply has asterisks instead of a password. `repositories` of other names and branches may be left out of a subscription. */
function hooksOf(subscriptions: readonly Subscription[]): readonly Hook[] {
  return groupsOf(subscriptions).map((group) => {
    const has = (event: string) => group.some(({ eventType }) => eventType === event);
    const every = (is: (subscription: Subscription) => boolean) => group.every(is);
    return {
      id: group[0]?.id ?? '',
      url: group[0]?.consumerInputs.url ?? '',
      isActive: every(({ status, publisherInputs: { branch } }) => (status ?? 'enabled') === 'enabled' && !branch),
      events: HOOK_EVENTS.filter((event) => EVENTS[event].every(has)),
      verifiesTls: every(({ consumerInputs }) => consumerInputs.acceptUntrustedCerts !== 'true'),
      isJson: every(({ consumerInputs }) => (consumerInputs.resourceDetailsToSend ?? 'all').toLowerCase() === 'all'),
      hasSecret: every(
        ({ consumerInputs }) => consumerInputs.basicAuthUsername === AZURE_USER && !!consumerInputs.basicAuthPassword,
      ),
    };
  });
}
