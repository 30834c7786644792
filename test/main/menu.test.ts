import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, test } from 'vitest';
import { applicationMenu, trayMenu } from '../../app/main/menu.ts';
import { type MenuTexts, menuTexts } from '../../app/main/texts.ts';
import { iconBitmap, iconSide } from '../../app/main/tray-icon.ts';

const did: string[] = [];
const actions = { open: () => void did.push('open'), quit: () => void did.push('quit') };
const texts = menuTexts('en', 'en-GB');

function all(items: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
  return items.flatMap(item => [item, ...(Array.isArray(item.submenu) ? all(item.submenu) : [])]);
}

const press = (items: readonly MenuItemConstructorOptions[], label: string) => {
  const click = all(items).find(item => item.label === label)?.click as (() => void) | undefined;
  click?.();
  return did.pop();
};

describe('the menu of the application', () => {
  test.each(['darwin', 'win32', 'linux'] as const)('on %s opens the window and quits', platform => {
    const menu = applicationMenu({ texts, platform, developing: false }, actions);
    expect(press(menu, 'Open Keybridge')).toBe('open');
    expect(press(menu, 'Quit Keybridge')).toBe('quit');
    expect(menu[0]?.label).toBe(platform === 'darwin' ? 'Keybridge' : 'File');
  });

  test('has no way into the page but while developing', () => {
    const roles = (developing: boolean) =>
      all(applicationMenu({ texts, platform: 'linux', developing }, actions)).map(({ role }) => role);
    expect(roles(false)).not.toContain('toggleDevTools');
    expect(roles(false)).not.toContain('reload');
    expect(roles(true)).toContain('toggleDevTools');
  });

  test('names everything a person reads in the language of the window', () => {
    const menu = applicationMenu(
      { texts: menuTexts('he', 'en-GB'), platform: 'darwin', developing: false },
      actions,
    );
    const labels = all(menu).flatMap(({ type, label }) => (type === 'separator' ? [] : [label]));
    for (const label of labels) expect(label).toMatch(/[\u0590-\u05ff]|^Keybridge$/);
  });
});

describe('the menu beside the clock', () => {
  const labels = (waiting: number, language: Parameters<typeof menuTexts>[0] = 'en') =>
    trayMenu(menuTexts(language, 'en'), waiting, actions).flatMap(({ label }) => label ?? []);

  test('says how many sign-ins wait', () => {
    expect(labels(0)).toEqual(['Open Keybridge', 'No sign-in is waiting', 'Quit Keybridge']);
    expect(labels(1)[1]).toBe('1 sign-in waiting');
    expect(labels(3)[1]).toBe('3 sign-ins waiting');
    expect(labels(2, 'zh-Hant')[1]).toBe('2 個登入等待中');
    expect(labels(1, 'he')[1]).toBe('התחברות אחת ממתינה');
  });

  test('opens the window where they wait, and quits', () => {
    expect(press(trayMenu(texts, 2, actions), '2 sign-ins waiting')).toBe('open');
    expect(press(trayMenu(texts, 0, actions), 'Quit Keybridge')).toBe('quit');
    expect(trayMenu(texts, 0, actions)[1]).toMatchObject({ enabled: false });
  });
});

describe('the language of the menus', () => {
  const english = menuTexts('en', 'en');
  const chinese = menuTexts('zh-Hant', 'en');
  const hebrew = menuTexts('he', 'en');

  test.each<[string, MenuTexts]>([
    ['zh-TW', chinese],
    ['zh-HK', chinese],
    ['zh-Hant-TW', chinese],
    ['he', hebrew],
    ['he-IL', hebrew],
    ['iw', hebrew],
    ['zh-CN', english],
    ['zh-Hans', english],
    ['de-DE', english],
    ['', english],
  ])("is the system's: %j", (locale, expected) => {
    expect(menuTexts('system', locale)).toBe(expected);
  });

  test("is the window's where that was chosen", () => {
    expect(menuTexts('en', 'he')).toBe(english);
    expect(menuTexts('he', 'en')).toBe(hebrew);
  });
});

describe('the icon beside the clock', () => {
  test.each([1, 2])('is drawn for density %i, in black or white', scale => {
    const side = iconSide(scale);
    const [dark, light] = [iconBitmap(scale, { light: false }), iconBitmap(scale, { light: true })];
    expect(dark).toHaveLength(side * side * 4);
    const pixels = (bitmap: Buffer) => new Set(bitmap.toString('hex').match(/.{8}/g));
    expect(pixels(dark)).toEqual(new Set(['00000000', '000000ff']));
    expect(pixels(light)).toEqual(new Set(['00000000', 'ffffffff']));
  });
});
