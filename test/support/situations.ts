import type { Page } from 'playwright-core';
import { NO_BUS } from './equipped.ts';
import { furnish } from './furnished.ts';
import { type Installation, install } from './keybridge.ts';
import { startKeyringSession } from './keyring-session.ts';
import { SCENES, visit } from './scenes.ts';

/** How an installation may stand, and what there is to see then. */
export interface Situation {
  installation: Installation;
  scenes: readonly { name: string; show(page: Page): Promise<void> }[];
  /** What happens once the window is open. */
  befalls?(page: Page): Promise<unknown>;
  close(): Promise<void>;
}

/** The screens that every installation has, as they are when one comes to them. */
const SCREENS: Situation['scenes'] = [
  { name: 'servers', show: page => visit(page, { screen: 'servers', adding: false }) },
  { name: 'doctor', show: page => visit(page, { screen: 'doctor', url: '' }) },
  { name: 'trace', show: page => visit(page, { screen: 'trace' }) },
  { name: 'lab', show: page => visit(page, { screen: 'lab' }) },
  { name: 'settings', show: page => visit(page, { screen: 'settings' }) },
];

/** Situations by name. */
export const SITUATIONS = {
  'after a day of work': async (): Promise<Situation> => {
    const house = await furnish();
    const scenes = SCENES.map(({ name, show }) => ({ name, show: (page: Page) => show(page, house) }));
    return { installation: house.installation, scenes, close: house.close };
  },
  'just installed': async (): Promise<Situation> => {
    const installation = install();
    return { installation, scenes: SCREENS, close: () => installation.close() };
  },
  'without a keychain': async (): Promise<Situation> => {
    const installation = install({ KEYBRIDGE_VAULT: '', ...NO_BUS });
    return { installation, scenes: SCREENS, close: () => installation.close() };
  },
  'with the broker gone': async (): Promise<Situation> => {
    const { installation, close } = await furnish();
    return {
      installation,
      scenes: SCREENS,
      befalls: async page => {
        await installation.run(['stop']);
        await page.locator('.banner').waitFor();
      },
      close,
    };
  },
} as const;

/** The keychain there, and locked with a sign-in in it. Needs gnome-keyring. */
export async function locked(): Promise<Situation> {
  const session = await startKeyringSession();
  await session.unlock();
  const { installation, close } = await furnish({ KEYBRIDGE_VAULT: '', ...session.env });
  await installation.run(['stop']);
  await session.lock();
  return {
    installation,
    scenes: SCREENS,
    close: async () => {
      await close();
      await session.close();
    },
  };
}
