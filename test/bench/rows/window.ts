import { existsSync } from 'node:fs';
import type { CDPSession, Page } from 'playwright-core';
import { locate } from '../../../scripts/system-packages.mjs';
import { windowFolder } from '../../../src/node/window-files.ts';
import { launchChromium } from '../../support/window.ts';
import type { Measurement, Row } from '../arena.ts';
import { longTrace, serveTrace } from '../long-trace.ts';
import { figure, spread } from '../statistics.ts';

const EVENTS = 50_000;
const MIB = 1024 * 1024;
/** Milliseconds to the first rows, of one task; MiB of the page and of the trace behind it. */
const AIMS = { open: 1_000, task: 50, page: 150, trace: 150 };

/** The window over a full trace: how soon it is there, whether it ever stands still, and what it holds. */
export const windowRow: Measurement = {
  name: 'window',
  async run({ quick, say }) {
    if (locate('chromium').includes(undefined) || !existsSync(windowFolder())) {
      say('  skipped: Chromium or the built window is not here');
      return [];
    }
    const before = process.memoryUsage().heapUsed;
    const { trace, add } = await longTrace(EVENTS);
    const held = (process.memoryUsage().heapUsed - before) / MIB;
    const server = await serveTrace(trace);
    const browser = await launchChromium();
    try {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      await page.addInitScript(watch);
      await page.goto(`${server.address()}`);
      await page.evaluate(() => {
        location.hash = '#/trace';
      });
      const opened: number[] = [];
      for (let round = 0; round < (quick ? 1 : 5); round++) {
        await page.reload();
        opened.push(await firstRows(page));
      }
      await complete(page, trace.since().length);
      const tasks = {
        scrolling: await scroll(page),
        filtering: await filter(page),
        live: await live(page, add),
      };
      const memory = await heap(await page.context().newCDPSession(page));
      return rows(opened, tasks, memory, held, trace.since().length);
    } finally {
      await browser.close();
      await server.close();
    }
  },
};

interface Watched {
  firstRows?: number;
  longest: number;
}

/** Runs in the page: notes when the first rows are painted, and the longest task since it was last asked. */
function watch(): void {
  const watched: Watched = { longest: 0 };
  Object.assign(globalThis, { watched });
  new PerformanceObserver(list => {
    for (const { duration } of list.getEntries()) watched.longest = Math.max(watched.longest, duration);
  }).observe({ type: 'longtask' });
  const look = () => {
    if (!document.querySelector('.trace-line[data-key]')) requestAnimationFrame(look);
    else
      requestAnimationFrame(() => {
        watched.firstRows = performance.now();
      });
  };
  requestAnimationFrame(look);
}

async function firstRows(page: Page): Promise<number> {
  const painted = () => (globalThis as unknown as { watched: Watched }).watched.firstRows;
  await page.waitForFunction(painted, undefined, { timeout: 20_000 });
  return (await page.evaluate(painted)) ?? Number.NaN;
}

/** Waits until every row is there. */
async function complete(page: Page, events: number): Promise<void> {
  await page.waitForFunction(
    count => Number(document.querySelector('.trace-list')?.getAttribute('aria-rowcount')) > count - 100,
    events,
    { timeout: 60_000 },
  );
}

/** The longest task of the page while something is done, in milliseconds; 0 when none was over 50. */
async function longest(page: Page, work: () => Promise<void>): Promise<number> {
  const read = () => (globalThis as unknown as { watched: Watched }).watched.longest;
  await page.evaluate(() => {
    (globalThis as unknown as { watched: Watched }).watched.longest = 0;
  });
  await work();
  await page.waitForTimeout(300);
  return page.evaluate(read);
}

function scroll(page: Page): Promise<number> {
  return longest(page, async () => {
    await page.mouse.move(600, 400);
    for (const step of [-400, -4_000, -40_000, 400, 4_000, 40_000])
      for (let count = 0; count < 10; count++) await page.mouse.wheel(0, step);
  });
}

function filter(page: Page): Promise<number> {
  return longest(page, async () => {
    const box = page.getByRole('searchbox');
    await box.pressSequentially('mcp/1234', { delay: 60 });
    await page.waitForTimeout(1_500);
    for (let count = 0; count < 8; count++) await page.keyboard.press('Backspace', { delay: 30 });
    await page.waitForTimeout(500);
  });
}

function live(page: Page, add: () => Promise<void>): Promise<number> {
  return longest(page, async () => {
    for (let count = 0; count < 200; count++) {
      await add();
      await page.waitForTimeout(10);
    }
  });
}

/** MiB of the page's JavaScript, after what is no longer needed is gone. */
async function heap(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize / MIB;
}

function rows(
  opened: readonly number[],
  tasks: Readonly<Record<string, number>>,
  page: number,
  held: number,
  events: number,
): Row[] {
  const count = `${events} events`;
  const open = Math.max(...opened);
  const row = (name: string, what: string, ours: string, value: number, aim: number, unit: string): Row => ({
    ...{ name, what: `${what}, ${count}`, ours, theirs: '–', result: `${figure(value)} ${unit}` },
    ...{ aim: `${aim} ${unit}`, met: value <= aim, worse: false, samples: `${opened.length} times` },
  });
  const longestOf = Math.max(...Object.values(tasks));
  const said = Object.entries(tasks).map(([name, ms]) => `${name} ${ms === 0 ? 'under 50' : figure(ms)} ms`);
  return [
    row(
      'window-open',
      'first rows of the trace after the window is opened',
      spread(opened, 'ms'),
      open,
      AIMS.open,
      'ms',
    ),
    row('window-task', 'longest task of the window', said.join(', '), longestOf, AIMS.task, 'ms'),
    row('window-memory', 'memory of the window', `${figure(page)} MiB`, page, AIMS.page, 'MiB'),
    row('window-trace', 'memory of the trace behind it', `${figure(held)} MiB`, held, AIMS.trace, 'MiB'),
  ];
}
