import type { BrowserWindow, BrowserWindowConstructorOptions } from 'electron';
import { type Place, placeOf, SMALLEST } from './place.ts';
import { WINDOW_URL } from './scheme.ts';

/** As the page begins, so that nothing flashes: the `--ground` of its tokens. */
const GROUND = { light: '#f6f7f9', dark: '#14161a' };

/** Milliseconds between two crashes after which the page is not begun again. */
const SHORT_LIFE = 10_000;

export interface WindowLook {
  /** The preload script's absolute path. */
  preload: string;
  place: Place;
  dark: boolean;
  /** While developing only. */
  devTools: boolean;
}

/** The window's options: a page like any of the web, and less than most may. */
export function windowOptions({
  preload,
  place,
  dark,
  devTools,
}: WindowLook): BrowserWindowConstructorOptions {
  const { maximized: _, ...bounds } = place;
  return {
    ...bounds,
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
    title: 'Keybridge',
    // Where the menu is in the window, the Alt key shows it.
    autoHideMenuBar: true,
    backgroundColor: dark ? GROUND.dark : GROUND.light,
    // Shown once there is something to see.
    show: false,
    webPreferences: {
      // Security 20: the script hands the page two functions of its own, nothing of Electron's.
      preload,
      // Security 2: no Node in the page, in its frames, in its workers.
      nodeIntegration: false,
      nodeIntegrationInSubFrames: false,
      nodeIntegrationInWorker: false,
      // Security 3: what the page changes, the preload script does not see.
      contextIsolation: true,
      // Security 4: the system keeps the page's process from everything but its own memory.
      sandbox: true,
      // Security 6: the same-origin policy holds.
      webSecurity: true,
      // Security 8: nothing insecure is loaded, for nothing is loaded from elsewhere.
      allowRunningInsecureContent: false,
      // Security 9.
      experimentalFeatures: false,
      // Security 10: `enableBlinkFeatures` is not set.
      // Security 11 and 12: no <webview>.
      webviewTag: false,
      plugins: false,
      navigateOnDragDrop: false,
      spellcheck: false,
      disableDialogs: true,
      devTools,
    },
  };
}

export interface WindowMaker {
  create(options: BrowserWindowConstructorOptions): BrowserWindow;
  look(): WindowLook;
  remember(place: Place): void;
  /** There is a window, for the first time or again. */
  opened(): void;
}

/** The window, made when it is wanted. Closing it ends nothing: hosts need what is behind it. */
export class AppWindow {
  readonly #maker: WindowMaker;
  #window: BrowserWindow | undefined;

  constructor(maker: WindowMaker) {
    this.#maker = maker;
  }

  /** The window there is, if any. */
  get current(): BrowserWindow | undefined {
    return this.#window;
  }

  /** Makes the window, or brings the one there is to the front. */
  show(): void {
    const there = this.#window;
    if (there) {
      if (there.isMinimized()) there.restore();
      there.show();
      there.focus();
      return;
    }
    const look = this.#maker.look();
    const window = this.#maker.create(windowOptions(look));
    this.#window = window;
    this.#maker.opened();
    window.once('ready-to-show', () => {
      if (look.place.maximized) window.maximize();
      window.show();
    });
    window.on('close', () => this.remember());
    window.on('closed', () => {
      this.#window = undefined;
    });
    // A page whose process ended is begun again, on a port of its own; one that cannot live is left alone.
    let crashed = Number.NEGATIVE_INFINITY;
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      const before = crashed;
      crashed = performance.now();
      const mayLive = reason !== 'clean-exit' && reason !== 'killed' && crashed - before > SHORT_LIFE;
      if (mayLive && !window.isDestroyed()) window.reload();
    });
    // Security 1: our own page, from memory. A failure is seen in the window itself.
    window.loadURL(WINDOW_URL).catch(() => {});
  }

  /** Writes down where the window is. */
  remember(): void {
    if (this.#window && !this.#window.isDestroyed()) this.#maker.remember(placeOf(this.#window));
  }
}
