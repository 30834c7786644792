import { readFileSync } from 'node:fs';
import type { WebPreferences } from 'electron';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Place } from '../../app/main/place.ts';
import { AppWindow, windowOptions } from '../../app/main/window.ts';
import { FakeWindow } from '../support/electron.ts';

const look = {
  preload: '/app/desktop-preload.cjs',
  place: { width: 1000, height: 700, maximized: false },
  dark: false,
  devTools: false,
};

describe('the options of the window', () => {
  test('lock the page in, each by name', () => {
    expect(windowOptions(look).webPreferences).toEqual({
      preload: '/app/desktop-preload.cjs',
      sandbox: true,
      contextIsolation: true,
      webSecurity: true,
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      allowRunningInsecureContent: false,
      experimentalFeatures: false,
      webviewTag: false,
      plugins: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      disableDialogs: true,
      devTools: false,
    } satisfies WebPreferences);
  });

  test('begin with the ground that the page has', () => {
    const tokens = readFileSync(new URL('../../app/renderer/styles/tokens.css', import.meta.url), 'utf8');
    const [, light, dark] = /--ground: light-dark\((#\w+), (#\w+)\)/.exec(tokens) ?? [];
    expect(windowOptions(look).backgroundColor).toBe(light);
    expect(windowOptions({ ...look, dark: true }).backgroundColor).toBe(dark);
  });

  test('are as small as the window is made for, at least, and show nothing yet', () => {
    expect(windowOptions(look)).toMatchObject({ width: 1000, minWidth: 900, minHeight: 600, show: false });
  });
});

describe('the window', () => {
  let made: FakeWindow[];
  let remembered: Place[];
  let opened: number;
  let window: AppWindow;

  beforeEach(() => {
    [made, remembered, opened] = [[], [], 0];
    window = new AppWindow({
      create: options => {
        const fake = new FakeWindow(options);
        made.push(fake);
        return fake.asWindow();
      },
      look: () => ({ ...look, place: { ...look.place, maximized: made.length > 0 } }),
      remember: place => remembered.push(place),
      opened: () => opened++,
    });
  });

  test('is made once, and comes to the front when it is asked for again', () => {
    expect(window.current).toBeUndefined();
    window.show();
    const [first] = made;
    expect(first?.did).toEqual(['load keybridge://window/']);
    first?.emit('ready-to-show');
    if (first) first.isMinimizedNow = true;
    window.show();
    expect(made).toHaveLength(1);
    expect(first?.did.slice(1)).toEqual(['show', 'restore', 'show', 'focus']);
    expect(window.current).toBe(first);
  });

  test('that was closed is remembered where it was, and made anew', () => {
    window.show();
    made[0]?.close();
    expect(window.current).toBeUndefined();
    expect(remembered).toEqual([{ x: 10, y: 20, width: 1000, height: 700, maximized: false }]);
    window.show();
    made[1]?.emit('ready-to-show');
    expect(made[1]?.did).toContain('maximize');
    expect(opened).toBe(2);
    window.remember();
    expect(remembered).toHaveLength(2);
  });

  test('whose page crashed loads it again, once; one that was ended stays as it is', () => {
    const dies = (reason: string, index: number) => {
      made[index]?.webContents.emit('render-process-gone', {}, { reason });
      return made[index]?.did.filter(word => word === 'reload').length;
    };
    window.show();
    expect(dies('killed', 0)).toBe(0);
    made[0]?.close();
    window.show();
    expect(dies('oom', 1)).toBe(1);
    expect(dies('oom', 1)).toBe(1);
  });
});
