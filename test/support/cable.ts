import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A stretch of network on loopback, between a client and a server, that does what networks do. */
export interface Cable {
  /** Where clients connect. */
  readonly port: number;
  /** Connections that are alive just now. */
  readonly connections: number;
  /** Leads to this port from now on. */
  to(port: number): void;
  /** Nothing gets through, either way, and nothing is closed. */
  stall(): void;
  /** Everything gets through again, what was held back first. */
  flow(): void;
  /** What is said on the present connections gets lost, without a word to either side. New ones work. */
  swallow(): void;
  /** Resets the present connections. */
  reset(): void;
  /** Resets them, and refuses others. */
  unplug(): Promise<void>;
  plug(): Promise<void>;
  close(): Promise<void>;
}

interface Strand {
  near: Socket;
  far: Socket;
  swallows: boolean;
}

export async function openCable(): Promise<Cable> {
  const strands = new Set<Strand>();
  let target = 0;
  let port = 0;
  let isStalled = false;
  let server: Server | undefined;

  const lay = (near: Socket) => {
    const far = connect(target, '127.0.0.1');
    const strand: Strand = { near, far, swallows: false };
    strands.add(strand);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', chunk => {
        if (strand.swallows) return;
        if (!to.write(chunk)) from.pause();
      });
      to.on('drain', () => isStalled || from.resume());
      from.on('end', () => strand.swallows || to.end());
      from.on('error', () => {});
      from.on('close', () => {
        if (!strand.swallows) to.destroy();
        if (near.destroyed && far.destroyed) strands.delete(strand);
      });
      if (isStalled) from.pause();
    }
  };
  const each = (work: (socket: Socket) => void) => {
    for (const { near, far } of strands) for (const socket of [near, far]) work(socket);
  };
  const plug = async () => {
    server = createServer({ allowHalfOpen: true }, lay).listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  const unplug = async () => {
    each(socket => socket.resetAndDestroy());
    const closed = new Promise(resolve => server?.close(resolve));
    await closed;
  };
  await plug();
  return {
    get port() {
      return port;
    },
    get connections() {
      return strands.size;
    },
    to: next => {
      target = next;
    },
    stall: () => {
      isStalled = true;
      each(socket => socket.pause());
    },
    flow: () => {
      isStalled = false;
      each(socket => socket.resume());
    },
    swallow: () => {
      for (const strand of strands) strand.swallows = true;
    },
    reset: () => each(socket => socket.resetAndDestroy()),
    unplug,
    plug,
    close: unplug,
  };
}
