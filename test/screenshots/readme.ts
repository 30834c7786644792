import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { type Furnished, furnish } from '../support/furnished.ts';
import { SCENES } from '../support/scenes.ts';
import { launchChromium, openWindow } from '../support/window.ts';

const folder = fileURLToPath(new URL('../../docs/screenshots', import.meta.url));

/** The README's pictures: a scene, and how it is looked at. */
const PICTURES: readonly { name: string; scene: string; look?: (page: Page) => Promise<unknown> }[] = [
  { name: 'doctor', scene: 'doctor-broken' },
  // The whole trace beside one exchange of it.
  {
    name: 'trace',
    scene: 'trace-exchange',
    look: page => page.locator('.trace-tools input[type=search]').fill(''),
  },
  {
    name: 'sign-in',
    scene: 'sign-in',
    look: async page => {
      await page.locator('.sequence .line').last().click();
      await page.locator('.sequence').evaluate(element => element.scrollIntoView({ block: 'start' }));
    },
  },
];

/** Takes the pictures of the README: `npm run screenshots readme`. */
export async function takeForReadme(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const house = await furnish({}, 'plain');
  const browser = await launchChromium();
  try {
    const options = {
      reducedMotion: 'reduce',
      colorScheme: 'light',
      viewport: { width: 1280, height: 880 },
    } as const;
    const { page } = await openWindow(browser, house.installation, options);
    await page.locator('nav').waitFor();
    for (const { name, scene, look } of PICTURES) {
      await show(page, house, scene);
      await look?.(page);
      // Nothing is under the pointer, and nothing has the keyboard.
      await page.mouse.move(0, 0);
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      await page.screenshot({ path: join(folder, `${name}.png`) });
    }
  } finally {
    await browser.close();
    await house.close();
  }
}

async function show(page: Page, house: Furnished, name: string): Promise<void> {
  const found = SCENES.find(each => each.name === name);
  if (!found) throw new Error(`There is no scene ${name}.`);
  await found.show(page, house);
}
