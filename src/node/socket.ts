import { chmodSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveApi } from '../api/rpc.ts';
import { Fault } from '../base/fault.ts';
import { scan } from '../bridge/scan.ts';
import type { Broker } from '../broker/broker.ts';
import { open as connectTo, lineReader, pidFile } from './connect.ts';
import { sharedSecret, socketPath } from './home.ts';
import { hostChannel } from './host-channel.ts';
import { callableLines } from './line-port.ts';
import { lock, remove } from './lock.ts';
import { OpenRequests } from './open-requests.ts';
import {
  type BrokerLine,
  type ClientLine,
  controlLine,
  type Greeting,
  nonce,
  proof,
  readControl,
  sameProof,
  WIRE_VERSION,
} from './wire.ts';

/** Milliseconds a program on the socket has to prove itself. */
const HANDSHAKE = 10_000;
/** Bytes that may wait for a shim before what is only said for information is left out. */
const CHATTER = 1024 * 1024;

/** Bytes that are written ahead of a shim. */
const AHEAD = 1024 * 1024;

export interface BrokerSocket {
  /** Shims and terminals connected just now. */
  readonly connections: number;
  /**
   * Takes nobody new, asks every shim to send no more requests, and waits until what is under way has its
   * answers; `limit` milliseconds at most.
   */
  drain(limit: number): Promise<void>;
  /**
   * Says goodbye to everybody and closes. Until what it returns is called, or this process has ended, no
   * other becomes the broker: what is still being written must be on disk before the next one reads it.
   */
  close(): Promise<() => void>;
}

/**
 * Makes this process the broker of a state folder. `undefined` when another one is it already. Only a
 * socket nobody listens on is taken away, and only under a lock, so that two starts end with one broker.
 */
export async function serveSocket(
  folder: string,
  broker: Broker,
  version: string,
  onChange: () => void,
): Promise<BrokerSocket | undefined> {
  const secret = sharedSecret(folder);
  const place = join(folder, 'broker.lock');
  const unlock = await lock(place);
  try {
    const known = socketPath(folder, true);
    if (known !== undefined && (await isTaken(known))) return undefined;
    const path = socketPath(folder, false) ?? '';
    if (process.platform !== 'win32') clear(path);
    const sockets = new Set<Socket>();
    const house: SocketHouse = { secret, broker, version, bridges: new Map(), leaving: false };
    const server = createServer({ highWaterMark: AHEAD }, socket => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        onChange();
      });
      onChange();
      serve(socket, house).catch(error => refuse(socket, Fault.of(error)));
    });
    await listen(server, path);
    attempt(() => writeFileSync(pidFile(folder), `${process.pid}\n`, { mode: 0o600 }));
    return {
      get connections() {
        return sockets.size;
      },
      drain: async limit => {
        house.leaving = true;
        for (const socket of house.bridges.keys()) {
          if (socket.writable) socket.write(controlLine({ drain: true }));
        }
        const finished = [...house.bridges.values()].map(each => each.finished);
        const over = new AbortController();
        const late = sleep(limit, undefined, { signal: over.signal }).catch(() => {});
        await Promise.race([Promise.all(finished), late]);
        over.abort();
      },
      close: async () => {
        house.leaving = true;
        const release = await lock(place).catch(() => () => {});
        for (const socket of sockets) socket.end(controlLine({ goodbye: true }));
        attempt(() => remove(pidFile(folder)));
        // On Unix this also takes the socket away, so that the next start finds a free place.
        await new Promise<void>(resolve => {
          server.close(() => resolve());
          setTimeout(() => {
            for (const socket of sockets) socket.destroy();
          }, 500).unref();
        });
        return release;
      },
    };
  } finally {
    unlock();
  }
}

/** What every connection shares. */
interface SocketHouse {
  secret: Buffer;
  broker: Broker;
  version: string;
  /** What is open on each connection of a shim. */
  bridges: Map<Socket, OpenRequests>;
  /** The broker is about to end; whoever comes now is for the next one. */
  leaving: boolean;
}

/** For what is only of help to somebody later; a full disk must not cost the bridges. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // Left as it is.
  }
}

/** Takes away what a broker that is gone has left. Throws `home.unsafe` for what is no socket and no file. */
function clear(path: string): void {
  try {
    remove(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Fault('home.unsafe', `${path} cannot be taken away (${code}).`, {
      remedy: 'Remove it yourself, and try again.',
      cause: error,
    });
  }
}

async function isTaken(path: string): Promise<boolean> {
  try {
    const other = await connectTo(path);
    other?.destroy();
    return other !== undefined;
  } catch (error) {
    if (error instanceof Fault && error.code === 'broker.lost') return true;
    throw error;
  }
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      if (process.platform !== 'win32') chmodSync(path, 0o600);
      resolve();
    });
  });
}

function refuse(socket: Socket, fault: Fault): void {
  if (socket.writable) socket.end(controlLine({ fault: fault.toJSON() }));
  else socket.destroy();
}

/** Nothing is said to, or believed of, a program that cannot prove that it knows the folder's secret. */
async function serve(socket: Socket, house: SocketHouse): Promise<void> {
  const { secret, broker, version } = house;
  const timer = setTimeout(() => socket.destroy(), HANDSHAKE);
  const reader = lineReader(socket);
  let greeting: Greeting;
  try {
    const hello = readControl<Extract<ClientLine, { nonce: string }>>(await reader.line());
    const theirs = String(hello.nonce ?? '').slice(0, 128);
    const mine = nonce();
    socket.write(
      controlLine({
        keybridge: WIRE_VERSION,
        version,
        nonce: mine,
        proof: proof(secret, 'broker', theirs, mine),
      }),
    );
    const answer = readControl<Extract<ClientLine, { greeting: Greeting }>>(await reader.line());
    if (!sameProof(answer.proof, proof(secret, 'client', theirs, mine)) || !answer.greeting) {
      socket.destroy();
      return;
    }
    greeting = answer.greeting;
  } catch {
    socket.destroy();
    return;
  } finally {
    clearTimeout(timer);
  }
  const rest = reader.rest();
  if (house.leaving) {
    socket.end(controlLine({ goodbye: true }));
    return;
  }
  socket.write(controlLine({ ok: true }));
  if (greeting.kind === 'api') {
    serveApi(broker, callableLines(socket, rest));
    return;
  }
  const say = (line: BrokerLine) => {
    if (!socket.writable || ('log' in line && socket.writableLength > CHATTER)) return;
    socket.write(controlLine(line));
  };
  const { settings, resume } = greeting;
  const open = new OpenRequests();
  house.bridges.set(socket, open);
  socket.on('close', () => {
    house.bridges.delete(socket);
    open.gone();
  });
  const initialize = resume && scan(new TextEncoder().encode(resume.initialize));
  await broker.bridge(
    hostChannel(socket, rest, open),
    settings,
    {
      log: (log, level = 'info') => {
        if (level === 'info' || settings.debug) say({ log, level });
      },
      trouble: fault => say({ trouble: fault?.toJSON() ?? null }),
    },
    resume && initialize ? { initialize, initialized: resume.initialized } : undefined,
  );
  socket.end();
}
