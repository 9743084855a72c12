/**
 * Makes the two pictures of the README: `npm run pictures -- .local/demo`. It needs the home of an `npm start`, and Chromium at
 * /usr/bin/chromium.
 */
import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import { openHomeSource } from '../local/board/open-home';
import { serveBoard } from '../local/board/serve-board';

const FOLDER = join(__dirname, '../docs/pictures');
const MAX_BYTES = 150 * 1024;

async function main(home = '.local/demo'): Promise<void> {
  const board = await serveBoard({
    source: await openHomeSource(home),
    program: [process.execPath, join(__dirname, '../bin/pipeline.mjs')],
    port: 0,
    now: () => Date.now(),
    onFault: (message) => console.error(message),
  });
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  try {
    mkdirSync(FOLDER, { recursive: true });
    const page = await browser.newPage({ viewport: { width: 1200, height: 720 } });
    await page.goto(`${board.url}/`);
    await take(page, 'environments');
    await page.goto(`${board.url}/runs?action=release`);
    await page.getByRole('link', { name: 'release v1.4.0' }).click();
    await page.getByText('Timeline').waitFor();
    await take(page, 'run');
  } finally {
    await browser.close();
    await board.close();
  }
}

async function take(page: Page, name: string): Promise<void> {
  const path = join(FOLDER, `${name}.png`);
  await page.screenshot({ path });
  const { size } = statSync(path);
  if (size > MAX_BYTES) throw new Error(`${path} has ${size} bytes; at most ${MAX_BYTES} are allowed`);
}

void main(process.argv[2]);
