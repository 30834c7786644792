import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { FOREIGN, type Furnished, furnish } from '../support/furnished.ts';
import { leave, SCENES } from '../support/scenes.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow } from '../support/window.ts';

/** What names and metadata of the furnished installation have in them and no text of ours has. */
const STRANGE = [...Object.values(FOREIGN), 'שרת הדגמה 演示服务器 خادم', 'שלום 你好 مرحبا'].map(text =>
  text.slice(0, 7),
);

interface Sight {
  /** Strange texts whose direction could spread to what stands around them. */
  loose: string[];
  /** Characters that steer what is shown, outside of fields that are typed into. */
  steering: string[];
  /** What stands out of its box sideways, and so out of sight. */
  wide: string[];
  found: number;
}

/** Looks through a page's whole text. */
function look(strange: readonly string[]): Sight {
  const sight: Sight = { loose: [], steering: [], wide: [], found: 0 };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const text = node.textContent ?? '';
    const parent = node.parentElement;
    if (!parent || parent.closest('script, style, textarea, [aria-hidden=true]')) continue;
    // Ours are the isolates around measures.
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is looked for
    if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u202a-\u202e]/.test(text))
      sight.steering.push(text);
    if (!strange.some(each => text.includes(each))) continue;
    sight.found++;
    const holder = parent.closest('bdi, .foreign, .url, [dir=ltr]:not(html), [dir=auto], pre');
    const isIsolated =
      holder !== null &&
      ['isolate', 'plaintext', 'isolate-override'].includes(getComputedStyle(holder).unicodeBidi);
    if (!isIsolated) sight.loose.push(`${parent.tagName}.${parent.className}: ${text.slice(0, 60)}`);
  }
  // What has no place beside the others in its row would stand below it.
  for (const cell of document.querySelectorAll<HTMLElement>('.trace-line > *')) {
    const row = cell.parentElement;
    if (row && cell.offsetTop + cell.offsetHeight > row.clientHeight + 1) sight.wide.push(cell.className);
  }
  for (const { id, className, scrollWidth, clientWidth } of document.querySelectorAll('#content, .dialog')) {
    if (scrollWidth > clientWidth + 1) sight.wide.push(`${id || className} ${scrollWidth} in ${clientWidth}`);
  }
  return sight;
}

describeWith('chromium', 'what strangers have written', () => {
  let browser: Browser;
  let house: Furnished;
  beforeAll(async () => {
    [browser, house] = await Promise.all([launchChromium(), furnish()]);
  });
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });

  async function through(locale: string, each: (page: Page, name: string) => Promise<void>) {
    const viewport = { width: 900, height: 600 };
    const opened = await openWindow(browser, house.installation, {
      locale,
      viewport,
      reducedMotion: 'reduce',
    });
    onTestFinished(() => opened.context.close());
    await opened.page.locator(`html[lang=${locale.slice(0, 2)}] nav`).waitFor();
    for (const { name, show } of SCENES) {
      await show(opened.page, house);
      await each(opened.page, name);
      await leave(opened.page);
    }
    return opened.problems;
  }

  test.each(['en-US', 'he-IL'])(
    'keeps its direction to itself, steers nothing and has room on every screen at 900 by 600 (%s)',
    { timeout: 120_000 },
    async locale => {
      let found = 0;
      const wrong: string[] = [];
      const problems = await through(locale, async (page, name) => {
        const { loose, steering, wide, found: here } = await page.evaluate(look, STRANGE);
        found += here;
        for (const each of loose) wrong.push(`${name}: not isolated: ${each}`);
        for (const each of steering) wrong.push(`${name}: steers: ${JSON.stringify(each)}`);
        for (const each of wide) wrong.push(`${name}: too wide: ${each}`);
      });
      // Its names stand beside every screen.
      expect(found).toBeGreaterThan(SCENES.length * 4);
      expect([...new Set(wrong)]).toEqual([]);
      expect(problems).toEqual([]);
    },
  );
});
