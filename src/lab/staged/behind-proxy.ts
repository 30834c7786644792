import { listenOnLoopback } from '../loopback.ts';
import { findNginx, startNginx } from '../nginx.ts';
import { type Location, nginxServer, smallProxy } from './locations.ts';
import { type Answer, type Ports, pass, type Running, serveBoth } from './stage.ts';

/**
 * Serves an application behind a proxy: nginx where it is installed, else a small proxy of our own that does the
 * same. The application is made once the proxy's address is known; it listens where other stages have their
 * authorization server. Throws `net.failed`.
 */
export async function serveBehind(
  ports: Ports,
  path: string,
  locations: readonly Location[],
  make: (origin: string) => Answer,
): Promise<Running> {
  const program = ports.nginx === false ? undefined : findNginx();
  if (program === undefined) {
    let inside = '';
    const running = await serveBoth(ports, path, ({ server, issuer }) => {
      inside = issuer;
      return { server: smallProxy(issuer, locations), issuer: make(server) };
    });
    return { ...running, inside };
  }
  const { port, origin } = await freePort(ports.port ?? 0);
  const application = make(origin);
  const inside = await listenOnLoopback(ports.issuerPort ?? 0, (req, res) => pass(req, res, application));
  try {
    const nginx = await startNginx(program, nginxServer(port, inside.origin, locations));
    return {
      url: `${origin}${path}`,
      inside: inside.origin,
      endProxy: () => nginx.close(),
      close: async () => {
        await Promise.all([nginx.close(), inside.close()]);
      },
    };
  } catch (thrown) {
    await inside.close();
    throw thrown;
  }
}

/** A port for nginx, which cannot choose one: one that is free, or this one, unless it is taken. */
async function freePort(port: number): Promise<{ port: number; origin: string }> {
  const probe = await listenOnLoopback(port, async () => {});
  await probe.close();
  return probe;
}
