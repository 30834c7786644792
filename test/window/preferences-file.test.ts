import { describe, expect, test } from 'vitest';
import { PreferencesFile, preferredNetwork } from '../../src/window/preferences-file.ts';
import { installation } from '../support/installation.ts';

const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';

describe('preferences', () => {
  test('are there for the next process, and those who listen hear of each change', async () => {
    const { world } = installation();
    const heard: string[] = [];
    const preferences = new PreferencesFile(world);
    preferences.subscribe(({ theme }) => heard.push(theme));
    await preferences.change({ theme: 'dark', proxy: 'http://proxy.example:8080' });
    await preferences.change({ language: 'he', proxy: '' });
    expect(heard).toEqual(['dark', 'dark']);
    expect(await new PreferencesFile(world).read()).toEqual({
      theme: 'dark',
      language: 'he',
      log: 'normal',
      welcomed: false,
    });
  });

  test.each([
    ['a theme there is not', { theme: 'pink' }],
    ['a theme in a list', { theme: ['dark'] }],
    ['a name that is none', { constructor: 'x' }],
    ['a proxy that is no URL', { proxy: 'proxy:8080' }],
    ['a proxy with a password, which this file is no place for', { proxy: 'http://a:b@proxy.example' }],
    ['what is no certificate', { extraCa: 'MIIB' }],
    ['no object at all', 'dark'],
  ])('refuse %s, and stay as they were', async (_, change) => {
    const { world, disk } = installation();
    const preferences = new PreferencesFile(world);
    await expect(preferences.change(change as object)).rejects.toMatchObject({ code: 'usage.flag' });
    expect(disk.size).toBe(0);
  });

  test('lose none of two changes at once', async () => {
    const preferences = new PreferencesFile(installation().world);
    await Promise.all([preferences.change({ theme: 'dark' }), preferences.change({ language: 'he' })]);
    expect(await preferences.read()).toMatchObject({ theme: 'dark', language: 'he' });
  });

  test('pass over what makes no sense in the file', async () => {
    const { world } = installation();
    const text = '{"theme":"pink","language":"zh-Hant","proxy":7,"more":1}';
    await world.files.replace('preferences.json', new TextEncoder().encode(text));
    const read = await new PreferencesFile(world).read();
    expect(read).toEqual({ theme: 'system', language: 'zh-Hant', log: 'normal', welcomed: false });
  });

  test('put their proxy in the place of the environment’s, and their certificates beside', () => {
    const environment = { httpsProxy: 'http://one.example', noProxy: 'localhost', extraCa: 'A' };
    const chosen = { theme: 'system', language: 'system', log: 'normal', welcomed: true } as const;
    expect(preferredNetwork(environment, chosen)).toEqual(environment);
    const proxy = 'http://two.example';
    expect(preferredNetwork(environment, { ...chosen, proxy, extraCa: PEM })).toEqual({
      httpProxy: proxy,
      httpsProxy: proxy,
      noProxy: 'localhost',
      extraCa: `A\n${PEM}`,
    });
  });
});
