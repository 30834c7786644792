import type { FlowEvent } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import { Feed } from '../base/feed.ts';
import { base64url } from '../base/text.ts';
import type { Target } from '../broker/settings.ts';
import { FlowWalk } from './flow-walk.ts';
import type { ServerList } from './server-list.ts';
import type { Surroundings } from './surroundings.ts';

type House = Pick<Surroundings, 'world' | 'broker' | 'browser'>;

/** The sign-ins that windows watch or walk. */
export class Flows {
  readonly #surroundings: House;
  readonly #servers: Pick<ServerList, 'settingsOf'>;
  /** By the names of the flows. */
  readonly #running = new Map<string, { walk: FlowWalk; end(fault: Fault): void }>();

  constructor(surroundings: House, servers: Pick<ServerList, 'settingsOf'>) {
    this.#surroundings = surroundings;
    this.#servers = servers;
  }

  /** One sign-in as the hosts would have it; whoever stops listening ends it, unless a host waits for it too. */
  signIn(target: Target, how: 'at-once' | 'step-by-step'): AsyncIterable<FlowEvent> {
    const over = new AbortController();
    const feed = new Feed<FlowEvent>(() =>
      over.abort(new Fault('sign-in.cancelled', 'The sign-in was called off.')),
    );
    void this.#run(target, how, feed, over).then(
      () => feed.end(),
      error => feed.end(Fault.of(error)),
    );
    return feed;
  }

  /** Throws `sign-in.cancelled` for a flow that is over. */
  async goOn(flow: string): Promise<void> {
    const running = this.#running.get(flow);
    if (!running) throw new Fault('sign-in.cancelled', 'This sign-in is over.', { remedy: 'Sign in again.' });
    running.walk.goOn();
  }

  async #run(
    target: Target,
    how: 'at-once' | 'step-by-step',
    feed: Feed<FlowEvent>,
    over: AbortController,
  ): Promise<void> {
    const { world, broker, browser } = this.#surroundings;
    const { signal } = over;
    const settings = await this.#servers.settingsOf(target);
    signal.throwIfAborted();
    const flow = base64url(world.random(16));
    const walk = new FlowWalk(event => feed.push(event), settings, how, broker.recorded, world.now);
    this.#running.set(flow, { walk, end: fault => over.abort(fault) });
    signal.addEventListener('abort', () => walk.close());
    feed.push({ kind: 'started', flow, serverHost: new URL(settings.server).host });
    try {
      await walk.begin();
      signal.throwIfAborted();
      const own = browser === undefined ? {} : { browser };
      const login = broker.watchedLogin({ ...own, ...settings }, walk)[Symbol.asyncIterator]();
      signal.addEventListener('abort', () => void login.return?.());
      for (let next = await login.next(); !next.done; next = await login.next()) walk.hear(next.value);
      signal.throwIfAborted();
    } catch (error) {
      walk.fail();
      throw error;
    } finally {
      walk.close();
      this.#running.delete(flow);
    }
  }

  /** Ends them all. */
  close(): void {
    for (const { end } of this.#running.values())
      end(new Fault('sign-in.cancelled', 'Keybridge was stopped.'));
  }
}
