import { Fault } from '../base/fault.ts';
import type { World } from '../base/world.ts';
import { type Callbacks, STABLE } from '../oauth/callback.ts';
import type { ClientOptions } from '../oauth/client-options.ts';
import type { CallbackPlace } from '../oauth/sign-in.ts';
import type { Facts } from './facts.ts';

/** Below every system's range of ports for outgoing connections. */
const LOWEST = 20_000;
const SPAN = 12_000;
const ATTEMPTS = 8;

/**
 * Opens the listener browsers come back to, before anything is registered for it: the installation's one
 * stable address, or the one a registration names. When another program holds the port it is said which,
 * and another port is taken where a client can be registered anew for it.
 *
 * Throws `callback.port-in-use`.
 */
export async function openCallbackPlace(
  options: ClientOptions,
  callbacks: Callbacks,
  facts: Facts,
  world: Pick<World, 'random'>,
  say: (text: string) => void,
): Promise<CallbackPlace> {
  const named = options.callback;
  const host = named?.host ?? STABLE.host;
  const path = named?.path ?? STABLE.path;
  const remembered = await facts.callbackPort();
  const wanted = named?.port ?? remembered;
  for (let attempt = 0; ; attempt++) {
    const port = attempt === 0 && wanted !== undefined ? wanted : anyPort(world);
    try {
      const listener = await callbacks.open({ host, port, path });
      if (attempt > 0 && wanted !== undefined) {
        say(`Using callback port ${port} instead, and registering anew for it.`);
      }
      if (named?.port === undefined && port !== remembered) await facts.rememberCallbackPort(port);
      return { redirectUris: spellings(listener.redirectUri, named !== undefined) };
    } catch (error) {
      const fault = Fault.of(error);
      if (fault.code !== 'callback.port-in-use') throw fault;
      if (attempt === 0 && wanted !== undefined) say(fault.message);
      // A client that somebody registered by hand came with this port; another one would be refused there.
      if ((options.staticClient && wanted !== undefined) || attempt >= ATTEMPTS) throw fault;
    }
  }
}

function anyPort(world: Pick<World, 'random'>): number {
  const [high = 0, low = 0] = world.random(2);
  return LOWEST + ((high * 256 + low) % SPAN);
}

/** The `localhost` form is registered too: some servers know loopback by that name alone. RFC 8252 §8.3. */
function spellings(redirectUri: string, named: boolean): string[] {
  if (named || !redirectUri.includes('//127.0.0.1:')) return [redirectUri];
  return [redirectUri, redirectUri.replace('//127.0.0.1:', '//localhost:')];
}
