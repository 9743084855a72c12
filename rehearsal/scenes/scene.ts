/** A scene: something that happens to a deployed pipeline, and what must come of it. */
import type { World } from '../world';

export interface Scene {
  /** As it is named on the command line. */
  readonly name: string;
  /** What happens, for the table. */
  readonly title: string;
  /** True if CI plays it. */
  readonly inCi: boolean;
  /** Scenes that must have been played before. */
  readonly after?: readonly string[];
  /** Plays it. Returns what was checked, one half sentence each. Throws `SceneFailure` if something else came of it. */
  play(world: World): Promise<readonly string[]>;
  /** True if the stack is not there afterwards, or another one is: the invariants are then not looked at. */
  readonly endsStack?: boolean;
}
