import { chmodSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { serveApi } from '../api/rpc.ts';
import { Fault } from '../base/fault.ts';
import type { Channel, Message } from '../bridge/channel.ts';
import { LineSplitter } from '../bridge/lines.ts';
import { Mailbox } from '../bridge/mailbox.ts';
import { scan } from '../bridge/scan.ts';
import type { Broker } from '../broker/broker.ts';
import { lineReader, open } from './connect.ts';
import { sharedSecret, socketPath } from './home.ts';
import { callableLines } from './line-port.ts';
import {
  type BrokerLine,
  type ClientLine,
  controlLine,
  type Greeting,
  isControl,
  nonce,
  proof,
  readControl,
  sameProof,
  WIRE_VERSION,
} from './wire.ts';
import { writeLine } from './write-line.ts';

/** Milliseconds a program on the socket has to prove itself. */
const HANDSHAKE = 10_000;
/** A start that holds the lock longer than this has died. Milliseconds. */
const STALE_LOCK = 10_000;

export interface BrokerSocket {
  /** Shims and terminals connected just now. */
  readonly connections: number;
  /** Says goodbye to everybody and closes. */
  close(): Promise<void>;
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
  const unlock = await lock(join(folder, 'broker.lock'));
  try {
    const known = socketPath(folder, true);
    const other = known === undefined ? undefined : await open(known);
    if (other) {
      other.destroy();
      return undefined;
    }
    const path = socketPath(folder, false) ?? '';
    if (process.platform !== 'win32') remove(path);
    const sockets = new Set<Socket>();
    const server = createServer(socket => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        onChange();
      });
      onChange();
      serve(socket, secret, broker, version).catch(error => refuse(socket, Fault.of(error)));
    });
    await listen(server, path);
    return {
      get connections() {
        return sockets.size;
      },
      close: async () => {
        for (const socket of sockets) socket.end(controlLine({ goodbye: true }));
        // On Unix this also takes the socket away, so that the next start finds a free place.
        await new Promise<void>(resolve => {
          server.close(() => resolve());
          setTimeout(() => {
            for (const socket of sockets) socket.destroy();
          }, 500).unref();
        });
      },
    };
  } finally {
    unlock();
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

async function lock(path: string): Promise<() => void> {
  for (;;) {
    try {
      writeFileSync(path, String(process.pid), { flag: 'wx', mode: 0o600 });
      return () => remove(path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    if (isAbandoned(path)) remove(path);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

function isAbandoned(path: string): boolean {
  try {
    if (Date.now() - statSync(path).mtimeMs > STALE_LOCK) return true;
    process.kill(Number(readFileSync(path, 'utf8')), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function refuse(socket: Socket, fault: Fault): void {
  if (socket.writable) socket.end(controlLine({ fault: fault.toJSON() }));
  else socket.destroy();
}

/** Nothing is said to, or believed of, a program that cannot prove that it knows the folder's secret. */
async function serve(socket: Socket, secret: Buffer, broker: Broker, version: string): Promise<void> {
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
  socket.write(controlLine({ ok: true }));
  if (greeting.kind === 'api') {
    serveApi(broker, callableLines(socket, rest));
    return;
  }
  const say = (line: BrokerLine) => {
    if (socket.writable) socket.write(controlLine(line));
  };
  const { settings, resume } = greeting;
  const initialize = resume && scan(new TextEncoder().encode(resume.initialize));
  await broker.bridge(
    lineChannel(socket, rest),
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

/** The host's side of a bridge: the shim's socket as a channel, with pressure passed on both ways. */
function lineChannel(socket: Socket, rest: Uint8Array): Channel {
  const box = new Mailbox();
  const splitter = new LineSplitter();
  const take = (chunk: Uint8Array) => {
    const rooms: Promise<void>[] = [];
    for (const line of splitter.push(chunk)) {
      const message: Message | undefined = isControl(line) ? undefined : scan(line);
      if (message) rooms.push(box.push(message));
    }
    if (rooms.length === 0) return;
    // A host that writes faster than the server takes waits, and its pipe fills.
    socket.pause();
    void Promise.all(rooms).then(() => socket.resume());
  };
  socket.on('data', take);
  socket.on('close', () => box.end());
  socket.on('end', () => box.end());
  if (rest.length > 0) take(rest);
  socket.resume();
  return {
    messages: box,
    async send({ bytes }) {
      if (!socket.writable) return;
      if (!writeLine(socket, bytes)) {
        await new Promise<void>(resolve => {
          const done = () => {
            socket.off('drain', done);
            socket.off('close', done);
            resolve();
          };
          socket.once('drain', done);
          socket.once('close', done);
        });
      }
    },
    close: async () => {
      socket.end();
    },
  };
}
