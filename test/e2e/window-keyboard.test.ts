import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Furnished, furnish } from '../support/furnished.ts';
import { leave, SCENES, visit } from '../support/scenes.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow } from '../support/window.ts';

/** A screen has far fewer places for the keyboard than this; who presses Tab more often is caught somewhere. */
const MOST_STOPS = 400;

interface Stop {
  /** Tells one element from another. */
  id: number;
  what: string;
  /** Whether it stands out while the keyboard is there: an outline, or that of what stands for it. */
  isMarked: boolean;
  isInSight: boolean;
  isInDialog: boolean;
}

/** Where the keyboard is; `undefined` on the page as a whole, as before the first and behind the last element. */
function readStop(): Stop | undefined {
  const known = globalThis as unknown as { stops?: WeakMap<Element, number>; count?: number };
  known.stops ??= new WeakMap();
  const element = document.activeElement;
  if (!element || element === document.body || element === document.documentElement) return undefined;
  known.count ??= 0;
  if (!known.stops.has(element)) known.stops.set(element, known.count++);
  // A radio or a switch is hidden behind what stands for it, and that is marked.
  const marked = [
    element,
    ...(element.closest('label, [data-focus-visible]')
      ? [element.closest('label, [data-focus-visible]')]
      : []),
  ];
  const isMarked = marked.some(each => {
    if (!each) return false;
    const { outlineStyle, outlineWidth } = getComputedStyle(each);
    return outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
  });
  const shown = element.closest('label') ?? element;
  const its = shown.getBoundingClientRect();
  return {
    id: known.stops.get(element) ?? -1,
    what: `${element.tagName.toLowerCase()}.${element.className} ${element.getAttribute('aria-label') ?? element.textContent?.slice(0, 40)}`,
    isMarked,
    isInSight:
      its.width > 0 && its.bottom > 0 && its.top < innerHeight && its.right > 0 && its.left < innerWidth,
    isInDialog: element.closest('[role=dialog]') !== null,
  };
}

/** Puts the keyboard before the first element of the page. */
function beginAnew(): void {
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute('tabindex');
}

/** Frames in which a place that the keyboard has come to is scrolled to. */
const FRAMES = 30;

/** Where the keyboard is, once the page has scrolled there. */
async function settled(page: Page): Promise<Stop | undefined> {
  for (let frames = 0; ; frames++) {
    const stop = await page.evaluate(readStop);
    if (!stop || stop.isInSight || frames === FRAMES) return stop;
    await page.evaluate(() => new Promise(resolve => requestAnimationFrame(resolve)));
  }
}

/** Presses Tab until the keyboard comes back to where it was first, and says where it has been. */
async function walk(page: Page): Promise<Stop[]> {
  const stops: Stop[] = [];
  for (let presses = 0; presses < MOST_STOPS; presses++) {
    await page.keyboard.press('Tab');
    const stop = await settled(page);
    if (stop === undefined || stop.id === stops[0]?.id) return stops;
    if (stops.at(-1)?.id === stop.id) throw new Error(`The keyboard stays at ${stop.what}.`);
    stops.push(stop);
  }
  throw new Error(`The keyboard goes in circles: ${stops.slice(-6).map(({ what }) => what)}`);
}

describeWith('chromium', 'the window without a mouse', () => {
  let browser: Browser;
  let house: Furnished;
  beforeAll(async () => {
    [browser, house] = await Promise.all([launchChromium(), furnish()]);
  });
  afterAll(async () => {
    await browser?.close();
    await house?.close();
  });

  async function open() {
    const opened = await openWindow(browser, house.installation, { reducedMotion: 'reduce' });
    onTestFinished(() => opened.context.close());
    await opened.page.getByRole('navigation').waitFor();
    return opened;
  }

  test('Tab reaches everything of each screen, is seen wherever it is, and is caught nowhere', {
    timeout: 120_000,
  }, async () => {
    const { page, problems } = await open();
    for (const { name, show } of SCENES) {
      await show(page, house);
      const inDialog = (await page.getByRole('dialog').count()) > 0;
      if (!inDialog) await page.evaluate(beginAnew);
      const there = await walk(page);
      expect(there.length, name).toBeGreaterThan(0);
      const unseen = there.filter(({ isMarked, isInSight }) => !isMarked || !isInSight);
      expect(unseen.map(each => ({ name, ...each }))).toEqual([]);
      // Whoever is in a dialog stays there until it is closed.
      if (inDialog) expect(there.filter(({ isInDialog }) => !isInDialog).map(({ what }) => what)).toEqual([]);
      await leave(page);
    }
    expect(problems).toEqual([]);
  });

  test('the way past the navigation comes first, and leads to the content of the screen that is there', async () => {
    const { page, problems } = await open();
    await visit(page, { screen: 'lab' });
    await page.evaluate(beginAnew);
    const [first] = await walk(page);
    expect(first?.what).toContain('Skip to the content');
    await page.evaluate(beginAnew);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('content');
    expect(await page.getByRole('heading', { level: 1 }).textContent()).toBe('Lab');
    await expect.poll(() => page.url()).toMatch(/#\/lab$/);
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.closest('main') !== null)).toBe(true);
    expect(problems).toEqual([]);
  });

  test('another screen is announced by its title, and the keyboard is at its heading', async () => {
    const { page, problems } = await open();
    expect(await page.title()).toBe('Servers – Keybridge');
    const heading = () =>
      page.evaluate(() => {
        const { tagName = '', textContent = '' } = document.activeElement ?? {};
        return `${tagName} ${textContent}`;
      });
    for (const [keys, name] of [
      ['gl', 'Lab'],
      ['gt', 'Trace'],
      ['gp', 'Settings'],
      ['gs', 'Servers'],
    ] as const) {
      for (const key of keys) await page.keyboard.press(key);
      await expect.poll(() => page.title()).toBe(`${name} – Keybridge`);
      await expect.poll(heading).toBe(`H1 ${name}`);
    }
    await page.goBack();
    await expect.poll(heading).toBe('H1 Settings');
    const right = { server: house.urls.right, profile: 'default' };
    await visit(page, { screen: 'server', target: right, tab: 'overview' });
    await expect.poll(() => page.title()).toBe('Practice server – Keybridge');
    await house.api.changePreferences({ language: 'he' });
    onTestFinished(() => house.api.changePreferences({ language: 'system' }));
    await visit(page, { screen: 'settings' });
    await expect.poll(() => page.title()).toBe('הגדרות – Keybridge');
    expect(problems).toEqual([]);
  });

  test('a dialog gives the keyboard back to what has opened it', async () => {
    const { page, problems } = await open();
    const button = page.locator('.commands-button');
    await button.focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem').first().waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe('INPUT');
    await page.keyboard.press('ArrowDown');
    await leave(page);
    await expect.poll(() => button.evaluate(each => each === document.activeElement)).toBe(true);

    await page.keyboard.press('Enter');
    await page.getByRole('menuitem').first().waitFor();
    await page.keyboard.type('lab');
    await page.keyboard.press('Enter');
    await expect.poll(() => page.title()).toBe('Lab – Keybridge');
    expect(problems).toEqual([]);
  });
});
