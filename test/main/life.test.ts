import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import { type Life, type LivingApp, live } from '../../app/main/life.ts';
import { Fault } from '../../src/base/fault.ts';
import type { RunningBroker } from '../../src/node/run-broker.ts';
import { preventable } from '../support/electron.ts';

const FULL = new Fault('store.unwritable', 'The disk is full.');

/** An app, and the diary of what becomes of it. */
class Staged extends EventEmitter {
  readonly diary: string[] = [];
  readonly dock = { hide: () => this.diary.push('no dock') };
  hasLock = true;
  readonly ready = Promise.withResolvers<void>();
  readonly broker = Promise.withResolvers<RunningBroker | undefined>();
  ended: (fault?: Fault) => void = () => {};

  requestSingleInstanceLock(): boolean {
    return this.hasLock;
  }

  whenReady(): Promise<void> {
    return this.ready.promise;
  }

  live(...argv: string[]): Promise<void> {
    const note = (word: string) => () => void this.diary.push(word);
    const life: Life = {
      app: this as unknown as LivingApp,
      argv: ['/app/keybridge', ...argv],
      start: ended => {
        this.diary.push('start');
        this.ended = ended;
        return this.broker.promise;
      },
      prepare: note('prepare'),
      window: { show: note('show'), remember: note('remember') },
      serving: note('serving'),
      report: ({ message }) => this.diary.push(`report: ${message}`),
      complain: fault => this.diary.push(`complain: ${fault?.message ?? 'another'}`),
      exit: code => this.diary.push(`exit ${code}`),
    };
    return live(life);
  }

  /** A broker that takes its time to say goodbye. */
  serve(): void {
    const end = async () => {
      this.diary.push('goodbye');
    };
    this.broker.resolve({ end } as unknown as RunningBroker);
  }

  /** As the menu's Quit. Whether Electron goes on with it. */
  quit(): boolean {
    const event = preventable();
    this.emit('before-quit', event);
    return !event.defaultPrevented;
  }
}

describe('the life of the desktop app', () => {
  let app: Staged;
  beforeEach(() => {
    app = new Staged();
  });

  test('begins with the broker, before Electron is ready, then shows the window', async () => {
    const alive = app.live();
    expect(app.diary).toEqual(['start']);
    app.ready.resolve();
    app.serve();
    await alive;
    expect(app.diary).toEqual(['start', 'prepare', 'show', 'serving']);
  });

  test('in the background shows nothing, until somebody opens it', async () => {
    app.ready.resolve();
    app.serve();
    await app.live('--background');
    expect(app.diary).toEqual(['start', 'prepare', 'no dock', 'serving']);
    app.emit('second-instance', {}, ['/app/keybridge', '--background']);
    await app.ready.promise;
    expect(app.diary).not.toContain('show');
    app.emit('second-instance', {}, ['/app/keybridge']);
    await app.ready.promise;
    expect(app.diary.at(-1)).toBe('show');
  });

  test('a second one opens the window of the first, and ends', async () => {
    app.hasLock = false;
    await app.live();
    expect(app.diary).toEqual(['exit 0']);
  });

  test('the window shows at once while the broker still waits for another', async () => {
    app.ready.resolve();
    void app.live();
    await app.ready.promise;
    await app.ready.promise;
    expect(app.diary).toEqual(['start', 'prepare', 'show']);
    expect(app.quit()).toBe(false);
    expect(app.diary.slice(3)).toEqual(['remember', 'exit 0']);
  });

  test('does not end with its window; the dock brings it back', async () => {
    app.ready.resolve();
    app.serve();
    await app.live();
    expect(app.emit('window-all-closed')).toBe(true);
    expect(app.diary).not.toContain('exit 0');
    app.emit('activate');
    await app.ready.promise;
    expect(app.diary.at(-1)).toBe('show');
  });

  test('quitting says goodbye first, and lets Electron quit once that is done', async () => {
    app.ready.resolve();
    app.serve();
    await app.live();
    expect(app.quit()).toBe(false);
    expect(app.diary.slice(-2)).toEqual(['remember', 'goodbye']);
    app.ended();
    expect(app.diary.at(-1)).toBe('exit 0');
    expect(app.quit()).toBe(true);
  });

  test('ends with a code where the broker could not end in good order', async () => {
    app.ready.resolve();
    app.serve();
    await app.live();
    app.ended(FULL);
    expect(app.diary.slice(-2)).toEqual(['report: The disk is full.', 'exit 1']);
  });

  test.each<[string, string[], string[]]>([
    ['opened by a person, says so', [], ['complain: another', 'exit 0']],
    ['started by a bridge, is silent', ['--background'], ['exit 0']],
  ])('beside another that stays, one %s', async (_, argv, end) => {
    app.ready.resolve();
    app.broker.resolve(undefined);
    await app.live(...argv);
    expect(app.diary.slice(-end.length)).toEqual(end);
    expect(app.diary.filter(word => word.startsWith('complain'))).toHaveLength(end.length - 1);
  });

  test.each<[string[], string[]]>([
    [[], ['show', 'report: The disk is full.', 'complain: The disk is full.', 'exit 1']],
    [['--background'], ['no dock', 'report: The disk is full.', 'exit 1']],
  ])('what keeps the broker from starting ends it, started with %j', async (argv, end) => {
    app.ready.resolve();
    app.broker.reject(FULL);
    await app.live(...argv);
    expect(app.diary.slice(-end.length)).toEqual(end);
  });
});
