/** A scene: an event on a deployed pipeline, and its expected results. */
import type { World } from '../world';

export interface Scene {
  /** The name on the command line. */
  readonly name: string;
  /** Describes the event in the list of scenes. */
  readonly title: string;
  /** True if CI plays it. */
  readonly inCi: boolean;
  /** True if only its own name plays it, not `all`. */
  readonly isLong?: boolean;
  /** Scenes that must have been played before. */
  readonly after?: readonly string[];
  /** Plays the scene, and returns the checked results, one phrase each. Throws `SceneFailure` if a result is not as expected. */
  play(world: World): Promise<readonly string[]>;
  /** True if the scene removes or replaces the stack, so that its invariants cannot be checked afterwards. */
  readonly endsStack?: boolean;
}

/** Deploys the settings of the stack, with others besides. The next deployment has those of the stack again. */
export async function deploySettings(world: World, name: string, others: object = {}): Promise<void> {
  const { stack } = world;
  const catalog = world.repository.git('show', 'main:pipeline.yaml');
  const assembly = await world.cdk.synth(name, { settings: { ...stack.settings, ...others }, catalog });
  world.stack = { ...stack, assembly, outputs: await world.cdk.deploy(assembly) };
}
