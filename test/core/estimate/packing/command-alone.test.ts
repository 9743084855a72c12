import { parseCatalog } from '../../../../core/catalog/parse-catalog';
import { packJobs } from '../../../../core/estimate/packing/pack-jobs';
import { runJobs } from '../../../../core/estimate/run-jobs';

test('an image that a command makes never shares a machine, and small Dockerfiles beside it still do', () => {
  const catalog = parseCatalog(
    'platform: v1.4.0\ndefaults: { minutes: 2 }\nservices: { a: , b: , c: { build: make }, d: { build: make } }\n',
  );
  const jobs = runJobs(catalog, new Set(['a', 'b', 'c', 'd']), new Set());
  const packs = packJobs({ jobs, stages: catalog.stages, stageConcurrency: 10, builders: 1 });

  expect(packs.map((pack) => pack.jobs.map(({ name }) => name)).sort()).toEqual([['a', 'b'], ['c'], ['d']]);
});
