/** Replays trees as pushes, each after the one before. */
import type { Module, Service } from '../../../core/catalog/model';
import { Backtest, type BacktestReport } from '../../../core/compare/backtest';
import { catalogOf, discover, type Files, textsOf, treeOf } from './docker-context';

/** Returns the report of a replay whose first tree was there before the first push. */
export function replayTrees(
  services: readonly Service[],
  trees: readonly Files[],
  modules: readonly Module[] = [],
): BacktestReport {
  const inputsOf = (files: Files) => discover({ files, services, modules }).inputs;
  const texts = new Map(trees.flatMap((files) => [...textsOf(files)]));
  const first = trees[0] ?? {};
  const backtest = new Backtest('s'.repeat(40), inputsOf(first), (id) => texts.get(id)?.toString('utf8'));
  let before = first;
  for (const [at, files] of trees.slice(1).entries()) {
    const old = new Map(treeOf(before).map((entry) => [entry.path, entry.id]));
    const changes = treeOf(files)
      .filter(({ path, id }) => old.get(path) !== id)
      .map((entry) => ({ path: entry.path, after: entry }));
    const catalog = catalogOf(services, modules);
    backtest.replay({ commit: `${at}`, time: at, subject: `push ${at}`, changes, catalog, inputs: inputsOf(files) });
    before = files;
  }
  return backtest.report('e'.repeat(40));
}
