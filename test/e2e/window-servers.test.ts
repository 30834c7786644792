import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { startLab } from '../../src/lab/lab.ts';
import { install, until } from '../support/keybridge.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow } from '../support/window.ts';

const CANARY = 'canary-5f1d9c2e7b';

describeWith('chromium', 'the servers of the window', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  async function opened(env: Record<string, string> = {}) {
    const installation = install(env);
    onTestFinished(() => installation.close());
    const window = await openWindow(browser, installation);
    onTestFinished(() => window.context.close());
    return { installation, ...window };
  }

  async function paste(page: Page, text: string): Promise<void> {
    const box = page.getByRole('textbox', { name: 'Address, command line or configuration' });
    await page
      .getByRole('tab')
      .or(page.getByRole('button', { name: 'Add server' }))
      .first()
      .waitFor();
    if (!(await box.isVisible())) {
      await page.getByRole('link', { name: 'Servers' }).click();
      await page.getByRole('button', { name: 'Add server' }).click();
    }
    await box.fill(text);
  }

  test('takes a newcomer to a practice server that works, in three clicks', async () => {
    const { page, problems } = await opened();
    await page.getByRole('heading', { name: 'Sign in once.' }).waitFor();
    await page.getByRole('button', { name: 'practice server' }).click();
    await page.getByRole('tab', { name: 'Overview', selected: true }).waitFor();
    await page.getByRole('heading', { name: 'Practice server' }).waitFor();
    await page.getByText('Not signed in').first().waitFor();
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByRole('tab', { name: 'Sign-in', selected: true }).waitFor();
    expect(problems).toEqual([]);
  });

  test('adds what is pasted, whatever it is, and says why something cannot be', async () => {
    const { page, problems } = await opened();
    const json = {
      mcpServers: {
        files: {
          command: 'npx',
          // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what a host's file says
          args: ['-y', 'mcp-remote', 'https://files.example/mcp', '--header', 'X-Key:${KEY}'],
          env: { KEY: CANARY },
        },
        local: { command: 'npx', args: ['some-server'] },
      },
    };
    const texts = [
      'https://one.example/mcp',
      'npx mcp-remote@latest https://two.example/mcp 3334',
      JSON.stringify(json),
    ];
    await paste(page, 'hello world');
    await page.getByRole('heading', { name: 'No server was found' }).waitFor();
    await page.keyboard.press('Escape');
    for (const text of texts) {
      await paste(page, text);
      await page.getByText('Can be added').waitFor();
      if (text === texts[2]) {
        await page.getByText('This entry starts a program of its own').waitFor();
        await page.getByText('headers: X-Key').waitFor();
      }
      await page.getByRole('button', { name: 'Add server' }).last().click();
      await page.getByRole('tab', { name: 'Overview', selected: true }).waitFor();
    }
    await page.getByRole('link', { name: 'Servers' }).click();
    const rows = page.getByRole('list', { name: 'Servers' }).getByRole('link');
    await until('three servers stand in the list', async () => (await rows.count()) === 3);
    expect(await rows.locator('.name').allTextContents()).toEqual(['one.example', 'two.example', 'files']);
    await paste(page, 'https://one.example/mcp');
    await page.getByText('In the list already').waitFor();
    await page.getByRole('textbox', { name: 'Account' }).fill('work');
    await page.getByText('Can be added').waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'one.example · work' }).waitFor();
    expect(problems).toEqual([]);
  });

  test('signs out and forgets, each after a question', async () => {
    const lab = await startLab();
    onTestFinished(() => lab.close());
    const { page, installation, problems } = await opened();
    await paste(page, lab.serverUrl);
    await page.getByRole('button', { name: 'Add server' }).click();
    await installation.run(['login', lab.serverUrl]);
    await page.getByText('renewed by itself in').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Cancel' }).click();
    expect((await installation.status()).servers).toMatchObject([{ state: 'signed-in' }]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('Not signed in').first().waitFor();
    expect((await installation.status()).servers).toMatchObject([{ state: 'signed-out' }]);
    await page.getByRole('button', { name: 'Forget …' }).click();
    await page.getByRole('alertdialog').getByRole('button', { name: 'Forget' }).click();
    await page.getByRole('heading', { name: 'Sign in once.' }).waitFor();
    expect(problems).toEqual([]);
  });

  test('keeps settings through a restart, the secrets sealed, and sends none of them to the window', async () => {
    const { page, installation, problems } = await opened({ KEYBRIDGE_VAULT: 'file' });
    const received: string[] = [];
    page.on('websocket', socket =>
      socket.on('framereceived', ({ payload }) => void received.push(String(payload))),
    );
    await page.reload();
    await paste(page, `npx mcp-remote https://one.example/mcp --header "X-Key: ${CANARY}-header"`);
    await page.getByRole('button', { name: 'Add server' }).click();
    await page.getByRole('tab', { name: 'Settings' }).click();
    await page.getByRole('textbox', { name: 'Client ID', exact: true }).fill('me');
    await page.getByLabel('Client secret').fill(`${CANARY}-secret`);
    await page.getByRole('textbox', { name: 'Scopes' }).fill('read "write"');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('A scope has no spaces').waitFor();
    await page.getByRole('textbox', { name: 'Scopes' }).fill('read write');
    await page.getByText('Private addresses').click();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved', { exact: true }).waitFor();
    await installation.run(['stop']);
    await page.getByText('Keybridge does not answer').waitFor();
    await installation.run(['status']);
    await installation.run(['open', '--print']);
    await page.getByText('Keybridge does not answer').waitFor({ state: 'detached' });
    expect(await page.getByRole('textbox', { name: 'Scopes' }).inputValue()).toBe('read write');
    expect(await page.getByRole('textbox', { name: 'Client ID', exact: true }).inputValue()).toBe('me');
    expect(await page.getByRole('switch', { name: 'Private addresses' }).isChecked()).toBe(true);
    await page.getByText('One is kept. Type to replace it.').waitFor();
    await page.getByPlaceholder('Kept').waitFor();
    expect(received.join('\n')).toContain('one.example');
    expect(received.join('\n')).not.toContain(CANARY);
    expect(installation.everythingOnDisk()).not.toContain(CANARY);
    expect(problems.filter(each => !each.includes('WebSocket'))).toEqual([]);
  });

  test('hands a host an entry that works as it is', async () => {
    const lab = await startLab();
    onTestFinished(() => lab.close());
    const { page, context, installation, problems } = await opened();
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await paste(page, lab.serverUrl);
    await page.getByRole('button', { name: 'Add server' }).click();
    await installation.run(['login', lab.serverUrl]);
    await page.getByText('Everything is ready').waitFor();
    await page.getByText('claude_desktop_config.json').waitFor();
    await page.getByRole('button', { name: 'Copy entry for a host' }).click();
    await page.getByText('Copied').first().waitFor();
    const text: string = await page.evaluate('navigator.clipboard.readText()');
    const [entry] = Object.values(JSON.parse(text).mcpServers as Record<string, Entry>);
    if (!entry) throw new Error('There is no entry.');
    const { KEYBRIDGE_HOME: _home, ...env } = installation.env;
    const client = new Client({ name: 'pasted', version: '1.0.0' });
    onTestFinished(() => client.close());
    await client.connect(new StdioClientTransport({ ...entry, env: { ...env, ...entry.env } }));
    expect((await client.listTools()).tools.length).toBeGreaterThan(0);
    await page.getByText('pasted').first().waitFor();
    expect(installation.tabs()).toHaveLength(1);
    expect(problems).toEqual([]);
  });
});

interface Entry {
  command: string;
  args: string[];
  env: Record<string, string>;
}
