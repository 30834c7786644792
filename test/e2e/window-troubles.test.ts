import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { install } from '../support/keybridge.ts';
import { describeWith } from '../support/system.ts';
import { launchChromium, openWindow } from '../support/window.ts';

interface Words {
  call?: number;
  method?: string;
  item?: number;
  value?: { lab?: unknown; servers?: unknown };
}

describeWith('chromium', 'what goes wrong in the window itself', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());

  /** A window whose words with the core pass through here: `heard` changes the core's, `said` answers in its place. */
  const between = async (passing: {
    heard?: (words: Words) => void;
    said?: (words: Words) => object | undefined;
  }): Promise<{ page: Page; problems: string[] }> => {
    const installation = install();
    onTestFinished(() => installation.close());
    const options = { permissions: ['clipboard-read', 'clipboard-write'] };
    const { page, context, problems } = await openWindow(browser, installation, options);
    onTestFinished(() => context.close());
    page.setDefaultTimeout(8_000);
    await page.getByRole('navigation').first().waitFor();
    await page.routeWebSocket(/\/api$/, socket => {
      const core = socket.connectToServer();
      core.onMessage(text => {
        const words = JSON.parse(String(text)) as Words;
        passing.heard?.(words);
        socket.send(JSON.stringify(words));
      });
      socket.onMessage(text => {
        const answer = passing.said?.(JSON.parse(String(text)));
        if (answer) socket.send(JSON.stringify(answer));
        else core.send(text);
      });
    });
    await page.reload();
    return { page, problems };
  };

  test('a screen that throws says so, keeps the frame, gives its details, and is forgotten elsewhere', async () => {
    let isBroken = true;
    const { page, problems } = await between({
      heard: ({ value }) => {
        if (isBroken && value?.lab) value.lab = null;
      },
    });
    const navigation = page.getByRole('navigation');
    await navigation.getByRole('link', { name: 'Lab' }).click();
    await page.getByRole('alert').getByRole('heading', { name: 'This screen has stopped' }).waitFor();
    await page.getByRole('button', { name: 'Copy the details' }).click();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).toMatch(/^Keybridge \d.*, lab\nTypeError: .*null/);
    // What throws again says so again.
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.getByRole('heading', { name: 'This screen has stopped' }).waitFor();

    await navigation.getByRole('link', { name: 'Settings' }).click();
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    expect(await page.getByText('This screen has stopped').count()).toBe(0);
    isBroken = false;
    await page.reload();
    await navigation.getByRole('link', { name: 'Lab' }).click();
    await page.getByRole('heading', { name: 'Lab', level: 1 }).waitFor();
    // Nothing but what was thrown here on purpose.
    expect(problems.filter(each => !/null \(reading 'length'\)/.test(each))).toEqual([]);
    expect(problems.length).toBeGreaterThan(0);
  });

  test('a frame that throws leaves no white window either', async () => {
    const { page } = await between({
      heard: ({ value }) => {
        if (value?.servers) value.servers = [null];
      },
    });
    await page.getByRole('heading', { name: 'This screen has stopped' }).waitFor();
    await page.getByRole('button', { name: 'Copy the details' }).click();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('frame');
  });

  test('what a button could not do is said, can be closed, and does not follow to another screen', async () => {
    const fault = {
      code: 'store.unwritable',
      message: 'The disk is full.',
      remedy: 'Make room.',
      evidence: [],
    };
    const { page, problems } = await between({
      said: ({ call, method }) => (method === 'changePreferences' ? { end: call, fault } : undefined),
    });
    const navigation = page.getByRole('navigation');
    await navigation.getByRole('link', { name: 'Settings' }).click();
    const troubles = page.getByRole('region', { name: 'What failed' });
    const fail = async () => {
      await page.getByText('Dark', { exact: true }).click();
      await troubles.getByRole('alert').getByText('The disk is full.').waitFor();
    };
    await fail();
    await troubles.getByText('Make room.').waitFor();
    await troubles.getByRole('button', { name: 'Close' }).click();
    expect(await troubles.getByRole('alert').count()).toBe(0);
    await fail();
    await navigation.getByRole('link', { name: 'Lab' }).click();
    await page.getByRole('heading', { name: 'Lab', level: 1 }).waitFor();
    expect(await troubles.getByRole('alert').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  test('what nobody caught is said as well', async () => {
    const { page } = await between({});
    await page.getByRole('navigation').first().waitFor();
    await page.evaluate(() => void Promise.reject(new Error('a promise nobody waited for')));
    await page
      .getByRole('region', { name: 'What failed' })
      .getByText('a promise nobody waited for')
      .waitFor();
  });
});
