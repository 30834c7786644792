import { EventEmitter } from 'node:events';
import { createInterface } from 'node:readline';
import type { BrowserWindowConstructorOptions, CustomScheme, MenuItemConstructorOptions } from 'electron';
import { callApi } from '../../src/api/rpc.ts';
import { WINDOW, type WindowApi } from '../../src/api/window.ts';
import { FakeIpc, FakeWindow, preventable } from './electron.ts';

/*
 * Stands in for Electron under the built desktop app, in a plain Node: what the app does with it is said on stdout,
 * a line of JSON each, and what a person does to it comes from stdin (`PersonDoes`).
 */

export type PersonDoes =
  | { do: 'quit' | 'status' | 'close' }
  | { do: 'open'; argv: string[] }
  | { do: 'ask'; url: string };

function say(event: string, data: unknown = null): void {
  process.stdout.write(`${JSON.stringify([event, data])}\n`);
}

class FakeApp extends EventEmitter {
  readonly isPackaged = process.env.FAKE_PACKAGED === '1';
  readonly dock = undefined;
  setPath(name: string, path: string): void {
    say('path', [name, path]);
  }
  enableSandbox(): void {
    say('sandbox');
  }
  requestSingleInstanceLock(): boolean {
    return process.env.FAKE_SECOND !== '1';
  }
  whenReady(): Promise<void> {
    return Promise.resolve();
  }
  getLocale(): string {
    return 'en-GB';
  }
  quit(): void {
    const event = preventable();
    app.emit('before-quit', event);
    if (!event.defaultPrevented) say('quit');
  }
}

let current: BrowserWindow | undefined;

export class BrowserWindow extends FakeWindow {
  constructor(options: BrowserWindowConstructorOptions) {
    super(options);
    app.emit('web-contents-created', {}, this.webContents);
    current = this;
    say('window', { preload: options.webPreferences?.preload, sandbox: options.webPreferences?.sandbox });
    this.once('closed', () => {
      current = undefined;
      say('closed');
    });
  }
  override loadURL(url: string): Promise<void> {
    say('load', url);
    return super.loadURL(url);
  }
}

export class Tray extends EventEmitter {
  setContextMenu(menu: { labels: string[] }): void {
    say('tray', menu.labels);
  }
  setToolTip(): void {}
  setImage(): void {}
}

export const app = new FakeApp();
export const ipcMain = new FakeIpc();
export const dialog = { showErrorBox: (...words: string[]) => say('complaint', words) };
export const Menu = {
  setApplicationMenu: () => {},
  buildFromTemplate: (items: MenuItemConstructorOptions[]) => ({
    labels: items.flatMap(({ label }) => label ?? []),
  }),
};
const image = {
  addRepresentation: () => {},
  setTemplateImage: () => {},
  toPNG: () => Buffer.alloc(0),
};
export const nativeImage = { createEmpty: () => image, createFromBitmap: () => image };
export const nativeTheme = Object.assign(new EventEmitter(), {
  shouldUseDarkColors: false,
  set themeSource(theme: string) {
    say('theme', theme);
  },
});
export const screen = {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }],
};
export const session = {
  defaultSession: Object.assign(new EventEmitter(), {
    setPermissionRequestHandler: () => say('permissions'),
    setPermissionCheckHandler: () => {},
    setDevicePermissionHandler: () => {},
    setSpellCheckerEnabled: () => {},
    webRequest: { onBeforeRequest: () => {} },
  }),
};
export const shell = { openExternal: async (url: string) => say('outside', url) };

let answer: (request: Request) => Response | Promise<Response> = () => new Response(null, { status: 500 });
export const protocol = {
  registerSchemesAsPrivileged: ([scheme]: CustomScheme[]) => say('scheme', scheme?.scheme),
  handle: (_scheme: string, handler: typeof answer) => {
    answer = handler;
  },
};

/** The window's page, as far as one is there: it knocks with a port and calls over it. */
function page(): WindowApi | undefined {
  if (!current) return undefined;
  const { webContents } = current;
  const port = ipcMain.knock({ sender: webContents, senderFrame: webContents.mainFrame as never });
  port.on('close', () => say('port closed'));
  port.unref();
  return callApi<WindowApi>(
    {
      post: message => port.postMessage(JSON.stringify(message)),
      onMessage: listener => {
        const hear = (text: string) => listener(JSON.parse(text));
        port.on('message', hear);
        return () => port.off('message', hear);
      },
      onClose: listener => {
        port.on('close', listener);
        return () => port.off('close', listener);
      },
    },
    WINDOW,
  );
}

async function obey(command: PersonDoes): Promise<void> {
  if (command.do === 'quit') app.quit();
  if (command.do === 'close') current?.close();
  if (command.do === 'open') app.emit('second-instance', {}, command.argv);
  if (command.do === 'status') {
    const status = await page()?.status();
    say('status', status && { pid: status.pid, vault: status.vault.kind });
  }
  if (command.do === 'ask') {
    const { status, headers } = await answer(new Request(command.url));
    say('answer', [status, headers.get('content-type')]);
  }
}

createInterface({ input: process.stdin }).on('line', line => void obey(JSON.parse(line) as PersonDoes));
process.on('exit', code => say('exit', code));
