/** The bundled command line, in a process of its own, behind a proxy. */
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { listen } from '../../../support/http/listen';

test('the command line asks registries through the proxy of its environment', async () => {
  const asked: string[] = [];
  const proxy = createServer();
  proxy.on('connect', ({ url = '' }, client) => {
    asked.push(url);
    client.end('HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n');
  });
  const { host, stop } = await listen(proxy);
  const child = spawn(process.execPath, ['bin/pipeline.mjs', 'images'], {
    cwd: resolve(__dirname, '../../../..'),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, HTTPS_PROXY: `http://${host}` },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const said = await text(child.stderr);
  await stop();

  expect(new Set(asked)).toEqual(new Set(['registry-1.docker.io:443']));
  expect(said).toContain(`the proxy ${host} asks for a login; write it into HTTPS_PROXY`);
});
