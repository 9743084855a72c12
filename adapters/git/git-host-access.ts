/** Webhooks and rights at a git host, which setup and checks need besides the pipeline's own access. */
import type { Delivery, Hook, HookId, WantedHook } from '../../core/doctor/judge-webhook';
import type { GitTask } from '../../core/settings/git-login';
import type { HostOptions } from './rest';

/** A webhook to create or update. */
export interface HookContent extends WantedHook {
  /** Signs the deliveries. On GitLab it is sent with them instead, unless it begins with `whsec_`. */
  readonly secret: string;
}

/** The webhooks of one repository. Every method throws `GitHostError`. */
export interface GitHostHooks {
  /** Returns all of them, at most 1,000. */
  list(): Promise<readonly Hook[]>;
  /** Creates it and returns its id. Throws `InvalidInput` and leaves no webhook if the host cannot sign with the secret. */
  create(content: HookContent): Promise<HookId>;
  /**
   * Overwrites the whole webhook with its secret, which cannot be read. Returns its id, which is a new one if the host has to replace it.
   * Throws `InvalidInput` and keeps the secret if the host cannot sign with the new one.
   */
  update(id: HookId, content: HookContent): Promise<HookId>;
  /** Returns the last deliveries, the newest first. */
  deliveries(id: HookId): Promise<readonly Delivery[]>;
}

export interface RightsOptions extends HostOptions {
  /** The tasks of the login. */
  readonly tasks: readonly GitTask[];
}

/** The rights of the pipeline's login, in words; `facts` are further properties to print. */
export interface GitHostRights {
  readonly missing: readonly string[];
  /** Rights that it has and must not have: the reader must not be able to commit. */
  readonly excess: readonly string[];
  readonly facts: readonly string[];
}

/** The name of the pipeline's commit status. Statuses of one name replace each other. */
export const STATUS_NAME = 'image-pipeline';
