/** What setting up and checking a git host needs, beyond what the pipeline itself uses: hooks, deliveries, rights. */
import type { Delivery, Hook, WantedHook } from '../../core/doctor/judge-webhook';

/** A webhook to be made or repaired. */
export interface HookContent extends WantedHook {
  /** Signs the deliveries, or on GitLab is sent with them unless it begins with `whsec_`. */
  readonly secret: string;
}

/** Webhooks of one repository. Every method throws `GitHostError`. */
export interface GitHostHooks {
  /** All of them, at most a thousand. */
  list(): Promise<readonly Hook[]>;
  /** Makes it, and gives its number. Throws `InvalidInput`, and leaves none, if the host cannot sign with the secret. */
  create(content: HookContent): Promise<number>;
  /**
   * Replaces everything of the hook, its secret included: what is there cannot be read. Throws `InvalidInput`, and leaves the secret as
   * it is, if the host cannot sign with the new one.
   */
  update(id: number, content: HookContent): Promise<void>;
  /** The last deliveries, the newest first. */
  deliveries(id: number): Promise<readonly Delivery[]>;
}

/** What the login of the pipeline may not do, as ends of sentences; `facts` is what else is worth knowing of it. */
export interface GitHostRights {
  readonly missing: readonly string[];
  /** What it may do besides and does not need, where that matters: the reader must not be able to commit. */
  readonly excess: readonly string[];
  readonly facts: readonly string[];
}

/** What the pipeline's commit status is called on every git host: statuses of one name replace each other. */
export const STATUS_NAME = 'image-pipeline';
