import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  app,
  BrowserWindow,
  dialog,
  ipcMain,
  Menu,
  nativeImage,
  nativeTheme,
  protocol,
  screen,
  session,
  shell,
  Tray,
} from 'electron';
import { Fault } from '../../src/base/fault.ts';
import { homeFolder, secureFolder } from '../../src/node/home.ts';
import { OWN } from '../../src/node/identity.ts';
import { endProcess } from '../../src/node/keyring.ts';
import { type RunningBroker, runBroker } from '../../src/node/run-broker.ts';
import { joinSession } from '../../src/node/session-environment.ts';
import { readWindow } from '../../src/node/window-files.ts';
import { AT_FIRST, followShown, type Shown } from './following.ts';
import { live } from './life.ts';
import { lockContents, lockSession } from './lock-down.ts';
import { applicationMenu, trayMenu } from './menu.ts';
import { readPlace, writePlace } from './place.ts';
import { answerFrom, WINDOW_SCHEME } from './scheme.ts';
import { menuTexts } from './texts.ts';
import { iconBitmap, iconSide } from './tray-icon.ts';
import { AppWindow } from './window.ts';
import { openWire } from './wire.ts';
import { desktopWorld, openOutside } from './world.ts';

// Security 16: package.json pins Electron to the digit, at a version that is maintained; every release moves it on.
// Everything that decides something is in the modules beside this one; here they get their pieces of Electron.

process.umask(0o077);
joinSession();
const folder = homeFolder();
const placeFile = join(folder, 'desktop-window.json');
// What goes wrong in a corner must not take every host's bridge along.
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (error: unknown) => {
    process.stderr.write(`unexpected: ${error instanceof Error ? error.stack : Fault.of(error).message}\n`);
  });
}

// Chromium's own files are the installation's: so is, by them, the lock that keeps a second app away.
let trouble: unknown;
try {
  secureFolder(folder);
  mkdirSync(join(folder, 'desktop'), { recursive: true });
  app.setPath('userData', join(folder, 'desktop'));
} catch (error) {
  trouble = error;
}
// Security 4: for every page there could be, not only ours.
app.enableSandbox();
protocol.registerSchemesAsPrivileged([WINDOW_SCHEME]);
app.on('web-contents-created', (_event, contents) => {
  lockContents(contents, url => {
    openOutside(shell, url).catch(error => process.stderr.write(`${Fault.of(error).sentence}\n`));
  });
});

let tray: Tray | undefined;
let shown: Shown = AT_FIRST;
let serving: (broker: RunningBroker) => void = () => {};
const broker = new Promise<RunningBroker>(resolve => {
  serving = resolve;
});

const window = new AppWindow({
  create: options => new BrowserWindow(options),
  look: () => ({
    preload: fileURLToPath(new URL('./desktop-preload.cjs', import.meta.url)),
    place: readPlace(
      placeFile,
      screen.getAllDisplays().map(({ workArea }) => workArea),
    ),
    dark: nativeTheme.shouldUseDarkColors,
    devTools: !app.isPackaged,
  }),
  remember: place => writePlace(placeFile, place),
  // It stays in the dock when its window is closed, as it does with every app.
  opened: () => void app.dock?.show(),
});

const actions = { open: () => window.show(), quit: () => app.quit() };

function drawMenus(): void {
  const texts = menuTexts(shown.language, app.getLocale());
  const settings = { texts, platform: process.platform, developing: !app.isPackaged };
  Menu.setApplicationMenu(Menu.buildFromTemplate(applicationMenu(settings, actions)));
  tray?.setContextMenu(Menu.buildFromTemplate(trayMenu(texts, shown.waiting, actions)));
  tray?.setToolTip(shown.waiting === 0 ? 'Keybridge' : `Keybridge: ${texts.waiting(shown.waiting)}`);
}

function drawTray(): void {
  const isMac = process.platform === 'darwin';
  const light = !isMac && nativeTheme.shouldUseDarkColors;
  const icon = nativeImage.createEmpty();
  for (const scale of [1, 2]) {
    const side = iconSide(scale);
    icon.addRepresentation({
      scaleFactor: scale,
      width: side,
      height: side,
      buffer: nativeImage
        .createFromBitmap(iconBitmap(scale, { light }), { width: side, height: side })
        .toPNG(),
    });
  }
  icon.setTemplateImage(isMac);
  if (tray) tray.setImage(icon);
  else {
    tray = new Tray(icon);
    tray.on('click', actions.open);
  }
}

void live({
  app,
  argv: process.argv,
  start: async ended => {
    if (trouble !== undefined) throw trouble;
    return runBroker({
      identity: { ...OWN, kind: 'desktop' },
      folder,
      // From its sources the app is a program with arguments, which no bridge could start.
      ...(app.isPackaged ? { program: process.env.APPIMAGE ?? process.execPath } : {}),
      world: desktopWorld(shell),
      ended,
    });
  },
  prepare: () => {
    lockSession(session.defaultSession);
    protocol.handle(WINDOW_SCHEME.scheme, answerFrom(readWindow()));
    openWire(
      ipcMain,
      () => window.current?.webContents,
      port => void broker.then(({ window: room }) => room.serve(port)),
    );
    drawTray();
    drawMenus();
    nativeTheme.on('updated', drawTray);
  },
  window,
  serving: running => {
    serving(running);
    void followShown(running.window.desk.watch(), now => {
      shown = now;
      nativeTheme.themeSource = now.theme;
      drawMenus();
    }).catch(() => {});
  },
  report: ({ sentence }) => void process.stderr.write(`${sentence}\n`),
  complain: fault => {
    const texts = menuTexts(shown.language, app.getLocale());
    dialog.showErrorBox(texts.cannotStart, fault?.sentence ?? texts.another);
  },
  exit: endProcess,
});
