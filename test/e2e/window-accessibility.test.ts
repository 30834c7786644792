import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { judgePage } from '../support/axe.ts';
import { leave } from '../support/scenes.ts';
import { locked, SITUATIONS, type Situation } from '../support/situations.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow } from '../support/window.ts';

/** Rules whose verdict is another in another theme. */
const OF_COLOUR = ['color-contrast', 'link-in-text-block'];

describeWith('chromium', 'axe finds nothing in the window', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser?.close());

  describe.each(Object.entries(SITUATIONS))('%s', (_, begin) => judged(begin));
  describeWith('gnome-keyring', 'with the keychain locked', () => judged(locked));

  function judged(begin: () => Promise<Situation>) {
    let situation: Situation;
    beforeAll(async () => {
      situation = await begin();
    });
    afterAll(() => situation?.close());

    test.each([
      ['from left to right', 'en-US'],
      ['from right to left', 'he-IL'],
    ])('%s, light or dark', { timeout: 120_000 }, async (_, locale) => {
      const { page, context, problems } = await openWindow(browser, situation.installation, {
        locale,
        reducedMotion: 'reduce',
        colorScheme: 'light',
      });
      onTestFinished(() => context.close());
      await page.locator(`html[lang=${locale.slice(0, 2)}] nav`).waitFor();
      await situation.befalls?.(page);
      const found: string[] = [];
      for (const { name, show } of situation.scenes) {
        await show(page);
        for (const each of await judgePage(page)) found.push(`${name}: ${each}`);
        await page.emulateMedia({ colorScheme: 'dark' });
        for (const each of await judgePage(page, OF_COLOUR)) found.push(`${name}, dark: ${each}`);
        await page.emulateMedia({ colorScheme: 'light' });
        await leave(page);
      }
      expect(found).toEqual([]);
      // A browser complains of each connection that comes to nothing.
      expect(problems.filter(each => !/WebSocket|ERR_CONNECTION_REFUSED/.test(each))).toEqual([]);
    });
  }
});
