import { Fault } from '../base/fault.ts';
import type {
  CallbackAddress,
  CallbackArrival,
  CallbackListener,
  CallbackPage,
  World,
} from '../base/world.ts';

const UNKNOWN: CallbackPage = {
  status: 404,
  title: 'No sign-in is waiting for this page',
  text: 'It may be over, or Keybridge was restarted meanwhile. Nothing was changed. Start the sign-in again and use the newest tab.',
};
// Neither done nor failed: the first tab still waits for its page.
const UNDER_WAY: CallbackPage = {
  status: 200,
  title: 'This sign-in has already come back',
  text: 'It came back in another tab and is still under way; that tab will say how it ends. Nothing was changed. You can close this one.',
};
/** How many sign-ins that have come back are remembered, to tell a second tab what happened. */
const REMEMBERED = 50;

/** Where the installation's one stable callback is; its port is chosen once. */
export const STABLE = { host: '127.0.0.1', path: '/callback' } as const;

/**
 * The one owner of every callback listener. All flows share one stable listener and are told apart by
 * `state`; a listener, once open, stays for the life of the process, so that a late tab gets a page.
 */
export class Callbacks {
  readonly #world: Pick<World, 'listenForCallback'>;
  readonly #listeners = new Map<string, Promise<CallbackListener>>();
  readonly #waiting = new Map<string, (arrival: CallbackArrival) => void>();
  /** By state: the page of the first tab, once it has one. */
  readonly #arrivedBefore = new Map<string, CallbackPage | undefined>();
  #stable: { redirectUri?: string; trouble?: Fault } = {};

  constructor(world: Pick<World, 'listenForCallback'>) {
    this.#world = world;
  }

  /** The stable callback: its redirect URI once it listens, else what kept it from that the last time. */
  get stable(): { redirectUri?: string; trouble?: Fault } {
    return this.#stable;
  }

  /** Opens the listener or returns the open one. Throws `callback.port-in-use`. */
  open(address: CallbackAddress): Promise<CallbackListener> {
    const key = `${address.host}:${address.port}${address.path}`;
    let listener = this.#listeners.get(key);
    if (!listener) {
      listener = this.#world.listenForCallback(address, arrival => this.#arrived(arrival));
      this.#listeners.set(key, listener);
      const note = (found: { redirectUri?: string; trouble?: Fault }) => {
        if (address.host === STABLE.host && address.path === STABLE.path) this.#stable = found;
      };
      listener.then(
        ({ redirectUri }) => note({ redirectUri }),
        error => {
          this.#listeners.delete(key);
          note({ trouble: Fault.of(error) });
        },
      );
    }
    return listener;
  }

  /** The one arrival that carries this `state`. Rejects with the signal's reason. */
  expect(state: string, signal: AbortSignal): Promise<CallbackArrival> {
    return new Promise((resolve, reject) => {
      const abandon = () => {
        this.#waiting.delete(state);
        reject(signal.reason);
      };
      if (signal.aborted) return abandon();
      signal.addEventListener('abort', abandon, { once: true });
      this.#waiting.set(state, arrival => {
        signal.removeEventListener('abort', abandon);
        resolve(arrival);
      });
    });
  }

  /**
   * Takes a callback URL a person pasted, for a browser that cannot reach this machine. Resolves with
   * the page the browser would have seen. Throws `callback.invalid`.
   */
  async deliver(text: string): Promise<CallbackPage> {
    const url = URL.parse(text.trim());
    const state = url?.searchParams.get('state');
    // The link itself has the state too, and is pasted by mistake; it must not use the state up.
    const isAnswer = url?.searchParams.get('code') || url?.searchParams.get('error');
    if (!url || !state || !isAnswer || !this.#waiting.has(state)) {
      throw new Fault('callback.invalid', 'This is not the address of a sign-in that is waiting.', {
        remedy: 'Paste the whole address from the browser, from http:// to the end.',
      });
    }
    return new Promise(resolve => this.#arrived({ url, answer: resolve }));
  }

  async close(): Promise<void> {
    const open = [...this.#listeners.values()];
    this.#listeners.clear();
    this.#stable = {};
    const listeners = await Promise.allSettled(open);
    await Promise.all(listeners.map(each => (each.status === 'fulfilled' ? each.value.close() : undefined)));
  }

  #arrived(arrival: CallbackArrival): void {
    const state = arrival.url.searchParams.get('state') ?? '';
    const waiting = this.#waiting.get(state);
    if (!waiting) {
      arrival.answer(this.#arrivedBefore.has(state) ? again(this.#arrivedBefore.get(state)) : UNKNOWN);
      return;
    }
    // Single use: whatever comes with the same state again is a second tab or a replay.
    this.#waiting.delete(state);
    this.#arrivedBefore.set(state, undefined);
    const [oldest = ''] = this.#arrivedBefore.keys();
    if (this.#arrivedBefore.size > REMEMBERED) this.#arrivedBefore.delete(oldest);
    waiting({
      url: arrival.url,
      answer: page => {
        if (this.#arrivedBefore.has(state)) this.#arrivedBefore.set(state, page);
        arrival.answer(page);
      },
    });
  }
}

/** What a second tab is shown: how the first one ended, which is no error of this one. */
function again(first: CallbackPage | undefined): CallbackPage {
  if (!first) return UNDER_WAY;
  return { ...UNDER_WAY, text: `${first.title}, in another tab. ${first.text}` };
}
