import { createServer } from 'node:http';
import { follow, type LastPage } from '../../src/lab/browser.ts';
import { type Lab, startLab } from '../../src/lab/lab.ts';
import { until } from '../support/keybridge.ts';
import type { Heard, RawHost } from '../support/raw-host.ts';
import type { Contestant, Entrant } from './contestant.ts';
import { type PlainServer, startPlainServer } from './plain-server.ts';

/** After this long without an answer there will be none. Milliseconds. */
export const PATIENCE = 12_000;

/** One bridge, the servers it is shown, and its user. */
export class Stage {
  readonly bridge: Contestant;
  readonly #closing: (() => Promise<void>)[] = [];

  constructor(entrant: Entrant) {
    this.bridge = entrant();
    this.#closing.push(() => this.bridge.close());
  }

  async lab(): Promise<Lab> {
    const lab = await startLab();
    this.#closing.push(() => lab.close());
    return lab;
  }

  async plain(): Promise<PlainServer> {
    const server = await startPlainServer();
    this.#closing.push(() => server.close());
    return server;
  }

  /** Another program on a port, on both families; what it was asked for is kept. */
  async foreigner(port: number): Promise<{ asked: URL[] }> {
    const asked: URL[] = [];
    for (const host of ['127.0.0.1', '::1']) {
      const server = createServer((req, res) => {
        asked.push(new URL(req.url ?? '/', 'http://foreign.invalid'));
        res.end('another program');
      });
      await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, host, resolve));
      this.#closing.push(
        () =>
          new Promise(resolve => {
            server.close(() => resolve());
            server.closeAllConnections();
          }),
      );
    }
    return { asked };
  }

  /** Waits for the link with this number, the first being 1; `undefined` when none comes. */
  async tab(number: number): Promise<URL | undefined> {
    return this.bridge.tabs().length >= number
      ? this.bridge.tabs()[number - 1]
      : soon(until(`tab ${number}`, () => this.bridge.tabs()[number - 1], PATIENCE));
  }

  /** Signs in through a link. A browser that can reach nothing has no page. */
  async consent(
    tab: URL | undefined,
    options: Parameters<typeof follow>[1] = {},
  ): Promise<LastPage | undefined> {
    return tab === undefined ? undefined : follow(tab, options).catch(() => undefined);
  }

  /** A host whose user has signed in, and whose call is answered. */
  async signedIn(
    url: string,
    more: Parameters<Contestant['start']>[1] & { account?: string } = {},
  ): Promise<RawHost> {
    const before = this.bridge.tabs().length;
    const host = this.bridge.start(url, more);
    const initialized = host.initialize();
    await this.consent(await this.tab(before + 1), { account: more.account ?? 'ada' });
    await initialized;
    await until('a call is answered', async () => (await echo(host, 'here'))?.result);
    return host;
  }

  async close(): Promise<void> {
    for (const close of this.#closing) await close();
  }
}

/** The answer to a call; `undefined` when there is none. */
export function echo(host: RawHost, text: string): Promise<Heard | undefined> {
  return soon(host.ask('tools/call', { name: 'echo', arguments: { text } }, PATIENCE));
}

/** What a promise brings, or `undefined` where it brings nothing. */
export function soon<T>(promise: Promise<T>): Promise<T | undefined> {
  return promise.catch(() => undefined);
}

/** Whether something comes true in time. */
export async function comes(holds: () => unknown, limit = PATIENCE): Promise<boolean> {
  return (await soon(until('it', holds, limit))) !== undefined;
}

export function hasEnded(host: RawHost): boolean {
  return host.child.exitCode !== null || host.child.signalCode !== null;
}
