import type { MenuItemConstructorOptions } from 'electron';
import type { MenuTexts } from './texts.ts';

/** What a menu can do that the system does not do by itself. */
export interface MenuActions {
  open(): void;
  quit(): void;
}

export interface MenuSettings {
  texts: MenuTexts;
  platform: NodeJS.Platform;
  /** While developing: the page can be reloaded and looked into. */
  developing: boolean;
}

/** The application's menu. Nothing is in it that the window does not have, but for what the system expects there. */
export function applicationMenu(
  { texts, platform, developing }: MenuSettings,
  { open, quit }: MenuActions,
): MenuItemConstructorOptions[] {
  const isMac = platform === 'darwin';
  const separator: MenuItemConstructorOptions = { type: 'separator' };
  const leave: MenuItemConstructorOptions = {
    label: texts.quit,
    accelerator: 'CommandOrControl+Q',
    click: quit,
  };
  const own: MenuItemConstructorOptions = {
    label: 'Keybridge',
    submenu: [
      { role: 'about', label: texts.about },
      separator,
      { role: 'hide', label: texts.hide },
      { role: 'hideOthers', label: texts.hideOthers },
      { role: 'unhide', label: texts.showAll },
      separator,
      leave,
    ],
  };
  const file: MenuItemConstructorOptions = {
    label: texts.file,
    submenu: [
      { label: texts.open, click: open },
      { role: 'close', label: texts.closeWindow, accelerator: 'CommandOrControl+W' },
      ...(isMac ? [] : [separator, leave]),
    ],
  };
  const edit: MenuItemConstructorOptions = {
    label: texts.edit,
    submenu: [
      { role: 'undo', label: texts.undo },
      { role: 'redo', label: texts.redo },
      separator,
      { role: 'cut', label: texts.cut },
      { role: 'copy', label: texts.copy },
      { role: 'paste', label: texts.paste },
      { role: 'selectAll', label: texts.selectAll },
    ],
  };
  const view: MenuItemConstructorOptions = {
    label: texts.view,
    submenu: [
      { role: 'resetZoom', label: texts.actualSize },
      { role: 'zoomIn', label: texts.zoomIn },
      { role: 'zoomOut', label: texts.zoomOut },
      separator,
      { role: 'togglefullscreen', label: texts.fullScreen },
      ...(developing
        ? [separator, { role: 'reload' as const, label: texts.reload }, { role: 'toggleDevTools' as const }]
        : []),
    ],
  };
  const window: MenuItemConstructorOptions = {
    label: texts.window,
    role: 'windowMenu',
  };
  return [...(isMac ? [own] : []), file, edit, view, ...(isMac ? [window] : [])];
}

/** The menu of the icon beside the clock. `waiting`: sign-ins that wait for a person. */
export function trayMenu(
  texts: MenuTexts,
  waiting: number,
  { open, quit }: MenuActions,
): MenuItemConstructorOptions[] {
  return [
    { label: texts.open, click: open },
    waiting === 0
      ? { label: texts.noneWaiting, enabled: false }
      : { label: texts.waiting(waiting), click: open },
    { type: 'separator' },
    { label: texts.quit, click: quit },
  ];
}
