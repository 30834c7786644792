import type { Page } from 'playwright-core';
import { type Place, type ServerTab, toFragment } from '../../app/renderer/model/place.ts';
import type { Furnished } from './furnished.ts';

/** One screen in one of its states, as a person would come to it. No step depends on the language. */
export interface Scene {
  name: string;
  /** Goes there from wherever the window is, and waits until nothing more is to come. */
  show(page: Page, house: Furnished): Promise<void>;
}

/** Goes to a place and waits for its screen. */
export async function visit(page: Page, place: Place): Promise<void> {
  const fragment = toFragment(place);
  await page.evaluate(to => {
    location.hash = to;
  }, fragment);
  await page.locator('#content h1').waitFor();
}

function toServer(page: Page, server: string, tab: ServerTab): Promise<void> {
  return visit(page, { screen: 'server', target: { server, profile: 'default' }, tab });
}

/** Everything there is to see in a furnished installation. */
export const SCENES: readonly Scene[] = [
  {
    name: 'servers',
    show: page => visit(page, { screen: 'servers' }),
  },
  {
    name: 'sign-in',
    async show(page, { urls, api }) {
      await api.signOut({ server: urls.right, profile: 'default' });
      await toServer(page, urls.right, 'sign-in');
      await page.locator('.sign-in .button').first().click();
      // It says whose hosts are involved, and waits.
      await page.locator('.sign-in .waiting .button.primary').click();
      await page.locator('.sign-in .claims').waitFor();
      await page.locator('.sign-in .signed-in').waitFor();
      await page.locator('.sequence .line').last().click();
      await page.locator('.sequence .details .fields, .sequence .details p').first().waitFor();
    },
  },
  {
    name: 'sign-in-walked',
    async show(page, { urls }) {
      await toServer(page, urls.foreign, 'sign-in');
      await page.locator('.sign-in .button').nth(1).click();
      // The two questions before anything is registered.
      for (const arrows of [2, 4]) {
        await page.locator(`.sequence li:nth-child(${arrows}) [data-state="next"]`).waitFor();
        await page.locator('.sign-in .waiting .button.primary').click();
      }
      await page.locator('.sign-in .waiting .fields').waitFor();
    },
  },
  {
    name: 'doctor-empty',
    show: page => visit(page, { screen: 'doctor', url: '' }),
  },
  {
    name: 'doctor',
    async show(page, { urls }) {
      await examined(page, urls.broken);
      await page.locator('.finding .chip').first().click();
      await page.locator('.probe-detail').waitFor();
      for (const fold of await page.locator('.unfold-button').all()) await fold.click();
    },
  },
  {
    name: 'doctor-broken',
    async show(page, { urls }) {
      await visit(page, { screen: 'doctor', url: '' });
      await page.locator('.empty').waitFor();
      await examined(page, urls.broken);
    },
  },
  {
    name: 'doctor-right',
    async show(page, { urls }) {
      await examined(page, urls.right);
    },
  },
  {
    name: 'server-broken',
    async show(page, { urls }) {
      const target = { server: urls.broken, profile: 'default' };
      await visit(page, { screen: 'server', target, tab: 'overview' });
      await page.locator('.summary .remedy').waitFor();
    },
  },
  {
    name: 'lab',
    async show(page) {
      await visit(page, { screen: 'lab' });
      await page.locator('.lab-entries li').first().waitFor();
    },
  },
  {
    name: 'lab-nothing-found',
    async show(page) {
      await visit(page, { screen: 'lab' });
      await page.getByRole('searchbox').fill('no server is called like that');
      await page.locator('.lab .empty').waitFor();
    },
  },
  {
    name: 'settings',
    show: page => visit(page, { screen: 'settings' }),
  },
  {
    name: 'settings-wrong-port',
    async show(page) {
      await visit(page, { screen: 'settings' });
      const port = page.locator('input[inputmode=numeric]');
      await port.fill('99');
      await port.press('Enter');
      await page.locator('.field .error').first().waitFor();
    },
  },
  {
    name: 'commands',
    async show(page) {
      await visit(page, { screen: 'servers' });
      await page.keyboard.press('Control+K');
      await page.getByRole('menuitem').first().waitFor();
    },
  },
  {
    name: 'commands-nothing-found',
    async show(page) {
      await visit(page, { screen: 'servers' });
      await page.keyboard.press('Control+K');
      await page.getByRole('menuitem').first().waitFor();
      await page.keyboard.type('no command is called like that');
      await page.locator('.commands .none').waitFor();
    },
  },
  {
    name: 'trace',
    async show(page) {
      await visit(page, { screen: 'trace' });
      await page.locator('.trace-line[data-key]').first().waitFor();
    },
  },
  {
    name: 'servers-adding',
    async show(page, { urls }) {
      await visit(page, { screen: 'servers', adding: true });
      const mcpServers = {
        'work 日本': {
          command: 'npx',
          args: ['mcp-remote', 'https://work.example/mcp', '--header', 'X-A:b'],
        },
        known: { url: urls.right },
        local: { command: 'npx', args: ['a-program'] },
      };
      await page.locator('.dialog textarea').fill(JSON.stringify({ mcpServers }, undefined, 2));
      await page.locator('.found .fault').waitFor();
    },
  },
  {
    name: 'servers-nothing-found',
    async show(page) {
      await visit(page, { screen: 'servers' });
      await page.locator('.servers .search-box input').fill('no server is called like that');
      await page.locator('.servers .empty').waitFor();
    },
  },
  {
    name: 'server',
    show: (page, { urls }) => toServer(page, urls.right, 'overview'),
  },
  {
    name: 'server-foreign',
    show: (page, { urls }) => toServer(page, urls.foreign, 'overview'),
  },
  {
    name: 'server-gone',
    show: (page, { urls }) => toServer(page, urls.gone, 'overview'),
  },
  {
    name: 'server-forgetting',
    async show(page, { urls }) {
      await toServer(page, urls.right, 'overview');
      await page.locator('.next .button').last().click();
      await page.getByRole('alertdialog').waitFor();
    },
  },
  {
    name: 'server-trace',
    async show(page, { urls }) {
      await toServer(page, urls.right, 'trace');
      await page.locator('.trace-line[data-key]').first().waitFor();
    },
  },
  {
    name: 'trace-exchange',
    async show(page) {
      await visit(page, { screen: 'trace' });
      await page.getByRole('searchbox').fill('/token');
      await page.locator('.trace-line', { hasText: 'POST /token' }).first().click();
      await page.locator('.trace-details .secrets .place').first().waitFor();
    },
  },
  {
    name: 'trace-message',
    async show(page) {
      await visit(page, { screen: 'trace' });
      await page.getByRole('searchbox').fill('tools/call');
      await page.locator('.trace-line[data-kind=message]').first().click();
      await page.locator('.trace-details .json').nth(1).waitFor();
    },
  },
  {
    name: 'trace-nothing-found',
    async show(page) {
      await visit(page, { screen: 'trace' });
      await page.getByRole('searchbox').fill('nothing has this in its body');
      await page.locator('.trace-list .empty').waitFor();
    },
  },
  {
    name: 'server-settings',
    async show(page, { urls }) {
      await toServer(page, urls.right, 'settings');
      await page.locator('.tabs form').waitFor();
    },
  },
  {
    name: 'server-not-listed',
    async show(page) {
      await toServer(page, 'https://nowhere.example/mcp', 'overview');
      await page.locator('.empty').waitFor();
    },
  },
];

/** Leaves whatever a scene has opened. */
export async function leave(page: Page): Promise<void> {
  for (let tries = 0; tries < 4; tries++) {
    const dialog = page.locator('[role=dialog], [role=alertdialog], [role=menu], [role=listbox]').first();
    if (!(await dialog.isVisible())) return;
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached', timeout: 500 }).catch(() => {});
  }
}

/** The doctor's screen of a URL, once everything was asked: what is still there of the screen before does not count. */
async function examined(page: Page, url: string): Promise<void> {
  await visit(page, { screen: 'doctor', url });
  await page.locator(`input[name="url"][value="${url}"]`).waitFor();
  await page.locator('.clients').waitFor();
  await page.locator('.verdict .spinner').waitFor({ state: 'detached' });
}
