import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { locate } from '../../scripts/system-packages.mjs';
import { leave } from '../support/scenes.ts';
import { locked, SITUATIONS, type Situation } from '../support/situations.ts';
import { launchChromium, openWindow } from '../support/window.ts';
import { takeForReadme } from './readme.ts';

const folder = fileURLToPath(new URL('../../results/screenshots', import.meta.url));

const SIZES = { usual: { width: 1280, height: 800 }, small: { width: 900, height: 600 } } as const;
const HUGE = { width: 3840, height: 2160 };

/** Takes every screen in every situation, or those whose names, or whose situations', begin with one of these words. */
async function main(wanted: readonly string[]): Promise<void> {
  const situations: [string, () => Promise<Situation>][] = Object.entries(SITUATIONS);
  if (locate('gnome-keyring').every(path => path !== undefined))
    situations.push(['with the keychain locked', locked]);
  if (wanted.length === 0) rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const browser = await launchChromium();
  try {
    for (const [name, begin] of situations) {
      const situation = await begin();
      try {
        for (const locale of ['en-US', 'he-IL', 'zh-TW'])
          await take(browser, situation, name.replaceAll(' ', '-'), locale, wanted);
      } finally {
        await situation.close();
      }
    }
  } finally {
    await browser.close();
  }
}

async function take(
  browser: Browser,
  situation: Situation,
  title: string,
  locale: string,
  wanted: readonly string[],
): Promise<void> {
  const scenes = situation.scenes.filter(({ name }) => {
    return wanted.length === 0 || wanted.some(each => name.startsWith(each) || title.startsWith(each));
  });
  if (scenes.length === 0) return;
  const options = { locale, reducedMotion: 'reduce', colorScheme: 'light' } as const;
  const { page, context } = await openWindow(browser, situation.installation, options);
  try {
    await page.locator('nav').waitFor();
    await situation.befalls?.(page);
    for (const { name, show } of scenes) {
      await page.setViewportSize(SIZES.usual);
      await show(page);
      await shoot(page, `${title}--${name}`, locale);
      await leave(page);
    }
  } finally {
    await context.close();
  }
}

/** English in every size and theme; the other languages as most people have them. */
async function shoot(page: Page, name: string, locale: string): Promise<void> {
  const save = (end: string) => page.screenshot({ path: join(folder, `${name}--${end}.png`) });
  if (locale !== 'en-US') {
    await save(locale);
    return;
  }
  for (const [size, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await save(`${size}-${colorScheme}`);
    }
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(HUGE);
  await save('4k');
}

const args = process.argv.slice(2);
await (args[0] === 'readme' ? takeForReadme() : main(args));
