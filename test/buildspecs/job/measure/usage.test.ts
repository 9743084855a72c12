/** What a build used, out of the statistics that Docker's engine sends for BuildKit's container. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addSample, measureUsage, usageText } from '../../../../buildspecs/job/measure/usage';

const MB = 1e6;

/** A sample of the kernel's newer control groups. */
function sample(usage: number, files: number, seconds: number): string {
  const stats = { anon: 1, active_file: files / 2, inactive_file: files / 4, slab_reclaimable: files / 4 };
  return JSON.stringify({
    memory_stats: { usage, stats, limit: 8e9 },
    cpu_stats: { cpu_usage: { total_usage: seconds * 1e9 } },
  });
}

const NOTHING = { memory: 0, cpu: 0 };

describe('what a build used', () => {
  test('is the most memory of all samples, and the CPU time of the last one', () => {
    const lines = [sample(100 * MB, 0, 1), sample(400 * MB, 0, 2), sample(200 * MB, 0, 3.5)];
    expect(lines.reduce(addSample, NOTHING)).toEqual({ memory: 400 * MB, cpu: 3.5 });
  });

  test('leaves out caches of files, which the kernel drops when memory is needed', () => {
    expect(addSample(NOTHING, sample(7000 * MB, 6000 * MB, 1)).memory).toBe(1000 * MB);
  });

  test('counts all groups below the container, also with the older control groups', () => {
    const stats = { active_file: 1, inactive_file: 1, total_active_file: 300 * MB, total_inactive_file: 100 * MB };
    const line = JSON.stringify({
      memory_stats: { usage: 500 * MB, max_usage: 900 * MB, stats },
      cpu_stats: { cpu_usage: { total_usage: 2e9 } },
    });
    expect(addSample(NOTHING, line)).toEqual({ memory: 100 * MB, cpu: 2 });
  });

  test.each([
    ['a container that has ended', '{"memory_stats":{},"cpu_stats":{"cpu_usage":{"total_usage":0}}}'],
    ['an error', '{"message":"No such container: x"}'],
    ['a line that is cut off', '{"memory_stats":{"usage":1'],
  ])('is not changed by %s', (_, line) => {
    const before = { memory: 5, cpu: 5 };
    expect(addSample(before, line)).toBe(before);
  });

  test('is exported in bytes and seconds, or not at all', () => {
    expect(usageText({ memory: 314572800, cpu: 41.27 })).toBe('memory=314572800 cpu=41.3');
    expect(usageText(NOTHING)).toBe('');
  });
});

describe('an engine', () => {
  let folder: string;
  let server: Server;
  let asked: string[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'usage-'));
    asked = [];
    server = createServer(({ url = '' }, response) => {
      asked.push(url);
      if (url.startsWith('/containers/builder/')) {
        response.write(`${sample(100 * MB, 0, 1)}\n`);
        response.end(`${sample(300 * MB, 0, 4)}\n`);
      } else response.writeHead(404).end('{"message":"No such container"}\n');
    });
    await new Promise<void>((resolve) => server.listen(join(folder, 'engine'), resolve));
  });
  afterEach(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  const measure = async (container: string, host = `unix://${join(folder, 'engine')}`) => {
    await measureUsage(container, join(folder, 'usage'), { DOCKER_HOST: host });
    return existsSync(join(folder, 'usage')) ? readFileSync(join(folder, 'usage'), 'utf8') : undefined;
  };

  test('is asked for one container until that ends', async () => {
    expect(await measure('builder')).toBe('memory=300000000 cpu=4.0');
    expect(asked).toEqual(['/containers/builder/stats?stream=true']);
  });

  test('that does not know the container gives no usage', async () => {
    expect(await measure('other')).toBe('');
  });

  test('on another machine is not asked', async () => {
    expect(await measure('builder', 'tcp://10.0.0.1:2376')).toBeUndefined();
    expect(asked).toEqual([]);
  });

  test('that is not there is an error for the caller', async () => {
    await expect(measure('builder', 'unix:///nowhere')).rejects.toThrow('ENOENT');
  });
});
