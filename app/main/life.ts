import type { App, Event } from 'electron';
import { Fault } from '../../src/base/fault.ts';
import { IN_BACKGROUND } from '../../src/node/desktop.ts';
import type { RunningBroker } from '../../src/node/run-broker.ts';

/** What of Electron's app the life of ours hangs on. */
export type LivingApp = Pick<App, 'on' | 'whenReady' | 'requestSingleInstanceLock' | 'dock'>;

export interface Life {
  app: LivingApp;
  argv: readonly string[];
  /** Makes this process the broker; `ended` is called when it is over. */
  start(ended: (fault?: Fault) => void): Promise<RunningBroker | undefined>;
  /** Everything that wants Electron ready, before the first window. */
  prepare(): void;
  window: { show(): void; remember(): void };
  serving(broker: RunningBroker): void;
  /** Written where a bridge that started the app finds it. */
  report(fault: Fault): void;
  /** Told to whoever opened the app. `undefined`: another Keybridge runs, and stays. */
  complain(fault: Fault | undefined): void;
  exit(code: number): void;
}

/**
 * The desktop app from its start to its end: one for each state folder, in the background when a bridge has
 * started it. Closing the window leaves it running, for hosts are connected to it; quitting says goodbye to them.
 */
export async function live(life: Life): Promise<void> {
  const { app, argv, window, exit } = life;
  const inBackground = argv.includes(IN_BACKGROUND);
  if (!app.requestSingleInstanceLock()) return exit(0);
  let running: RunningBroker | undefined;
  let over = false;
  const end = (code: number) => {
    over = true;
    exit(code);
  };

  const ready = app.whenReady();
  const show = () => void ready.then(() => window.show());
  app.on('second-instance', (_event, words) => {
    if (!words.includes(IN_BACKGROUND)) show();
  });
  // macOS: the icon in the dock was clicked.
  app.on('activate', show);
  // Without a listener Electron would quit.
  app.on('window-all-closed', () => {});
  app.on('before-quit', (event: Event) => {
    if (over) return;
    event.preventDefault();
    window.remember();
    if (running) void running.end();
    else end(0);
  });

  const starting = life.start(fault => {
    if (fault) life.report(fault);
    end(fault ? 1 : 0);
  });
  starting.catch(() => {});
  await ready;
  life.prepare();
  if (inBackground) app.dock?.hide();
  else window.show();
  try {
    running = await starting;
  } catch (error) {
    const fault = Fault.of(error);
    life.report(fault);
    if (!inBackground) life.complain(fault);
    return end(1);
  }
  if (running) return life.serving(running);
  // Code 0 tells a bridge that one was there first.
  if (!inBackground) life.complain(undefined);
  end(0);
}
