/** A service built from another one by its bare name (`FROM etcd`): plan and job agree, and a change of the one rebuilds the other. */
import type { RunReport } from '../../core/contract/report';
import { makeSmallPipeline } from '../support/pipeline/small-pipeline';

test('a release builds both, and a changed base image rebuilds the services that name it', async () => {
  const pipeline = await makeSmallPipeline();
  const release = (version: string) => pipeline.report('release', '--version', version, '--ref', 'main');
  const built = ({ services = [] }: RunReport) =>
    services.flatMap(({ name, end }) => (end === 'built' ? [name] : [])).sort();
  try {
    pipeline.repository.commit('main', { 'rest_api/Dockerfile': 'FROM etcd:1\nCOPY rest_api/main.py /\n' });
    const first = await release('v1.4.0');
    pipeline.repository.commit('main', { 'etcd/conf': 'a=2\n' });
    const second = await release('v1.5.0');

    expect([first.status, second.status]).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    expect(built(first)).toEqual(['auth', 'etcd', 'ngui', 'restapi']);
    expect(built(second)).toEqual(['etcd', 'restapi']);
  } finally {
    pipeline.remove();
  }
});
