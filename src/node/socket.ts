import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { serveApi } from '../api/rpc.ts';
import { Fault } from '../base/fault.ts';
import { scan } from '../bridge/scan.ts';
import type { Broker } from '../broker/broker.ts';
import { Budget } from './budget.ts';
import { lineReader } from './connect.ts';
import type { Successor } from './hand-over.ts';
import { sharedSecret } from './home.ts';
import { hostChannel } from './host-channel.ts';
import { type Identity, readIdentity } from './identity.ts';
import { callableLines } from './line-port.ts';
import { lock } from './lock.ts';
import { OpenRequests } from './open-requests.ts';
import type { Holding } from './place.ts';
import { Seat } from './seat.ts';
import {
  type BrokerLine,
  type ClientLine,
  controlLine,
  type Goodbye,
  type Greeting,
  nonce,
  proof,
  readControl,
  sameProof,
} from './wire.ts';

/** Milliseconds a program on the socket has to prove itself. */
const HANDSHAKE = 10_000;
/** Bytes that may wait for a shim before what is only said for information is left out. */
const CHATTER = 1024 * 1024;

/** Milliseconds those have to leave who were told goodbye. */
const HANG_UP = 500;
/** Bytes of large requests, of all hosts together, that wait for their servers. */
const LARGE_REQUESTS = 512 * 1024 * 1024;

export interface BrokerSocket {
  /** Shims and terminals connected just now. */
  readonly connections: number;
  /**
   * Takes nobody new, asks every shim to send no more requests, and waits until what is under way has its
   * answers; `limit` milliseconds at most.
   */
  drain(limit: number): Promise<void>;
  /** Says goodbye to everybody but one, and waits until they are gone. */
  dismiss(reason?: Goodbye, except?: Socket): Promise<void>;
  /** Takes whoever comes, again. */
  welcome(): void;
  /** Leaves the place free for another. */
  leave(): void;
  /** Listens there again. False: another does. */
  comeBack(): Promise<boolean>;
  /** Whose the place is just now; `undefined` while it is left. */
  look(): Holding | undefined;
  /**
   * Says goodbye to everybody and leaves. Until what it returns is called, or this process has ended, no
   * other becomes the broker: what is still being written must be on disk before the next one reads it.
   */
  close(): Promise<() => void>;
}

/** What a socket asks of those who have it. */
export interface SocketOwner {
  /** Somebody came or went. */
  changed(): void;
  /** A broker that says it outranks this one wants its place. What is thrown is told to it. */
  handOver(to: Successor): Promise<void>;
  /** Another broker has the place, or its folder is gone. The place is left already. */
  lost?(why: 'taken' | 'gone'): void;
}

/**
 * Makes this process the broker of a state folder. `undefined` when another one is it already. Only a
 * socket nobody listens on is taken away, and only under a lock, so that two starts end with one broker;
 * `vacate` is done under the lock before that. What goes away of the place is made anew ({@link Seat}).
 */
export async function serveSocket(
  folder: string,
  broker: Broker,
  identity: Identity,
  owner: SocketOwner,
  vacate: () => Promise<void> = async () => {},
): Promise<BrokerSocket | undefined> {
  let known = sharedSecret(folder);
  const secret = () => {
    try {
      // Bridges make another where somebody has taken it away.
      known = sharedSecret(folder);
    } catch {
      // They are told what is wrong with it by themselves.
    }
    return known;
  };
  const place = join(folder, 'broker.lock');
  const sockets = new Set<Socket>();
  const house: SocketHouse = {
    budget: new Budget(LARGE_REQUESTS),
    secret,
    broker,
    identity,
    owner,
    bridges: new Map(),
    leaving: false,
  };
  const connected = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => {
      sockets.delete(socket);
      owner.changed();
    });
    owner.changed();
    serve(socket, house).catch(error => refuse(socket, Fault.of(error)));
  };
  const seat = new Seat(folder, { connected, lost: why => owner.lost?.(why) });
  if (!(await seat.take(vacate))) return undefined;
  const dismiss: BrokerSocket['dismiss'] = async (reason, except) => {
    const dismissed = [...sockets].filter(socket => socket !== except);
    for (const socket of dismissed) if (socket.writable) socket.end(controlLine(goodbye(reason)));
    const gone = dismissed.map(socket => new Promise(resolve => socket.once('close', resolve)));
    const hangUp = (which: (socket: Socket) => boolean, after: number) =>
      setTimeout(() => {
        for (const socket of dismissed) if (which(socket)) socket.destroy();
      }, after).unref();
    hangUp(({ writableLength }) => writableLength === 0, HANG_UP);
    // An answer that is still on its way to a slow host has some time to get there.
    hangUp(() => true, 4 * HANG_UP);
    await Promise.all(gone);
  };
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
    dismiss,
    welcome: () => {
      house.leaving = false;
    },
    leave: () => seat.leave(),
    comeBack: () => seat.take(async () => {}),
    look: () => seat.look(),
    close: async () => {
      house.leaving = true;
      const release = await lock(place).catch(() => () => {});
      const gone = dismiss();
      seat.leave();
      await gone;
      return release;
    },
  };
}

function goodbye(reason: Goodbye | undefined): BrokerLine {
  return reason === undefined ? { goodbye: true } : { goodbye: true, reason };
}

/** What every connection shares. */
interface SocketHouse {
  /** For large requests. */
  budget: Budget;
  /** The folder's secret as it is just now. */
  secret: () => Buffer;
  broker: Broker;
  identity: Identity;
  owner: SocketOwner;
  /** What is open on each connection of a shim. */
  bridges: Map<Socket, OpenRequests>;
  /** The broker is about to end; whoever comes now is for the next one. */
  leaving: boolean;
}

function refuse(socket: Socket, fault: Fault): void {
  if (socket.writable) socket.end(controlLine({ fault: fault.toJSON() }));
  else socket.destroy();
}

/** Nothing is said to, or believed of, a program that cannot prove that it knows the folder's secret. */
async function serve(socket: Socket, house: SocketHouse): Promise<void> {
  const { broker, identity } = house;
  const secret = house.secret();
  const timer = setTimeout(() => socket.destroy(), HANDSHAKE);
  const reader = lineReader(socket);
  let greeting: Greeting;
  try {
    const hello = readControl<Extract<ClientLine, { nonce: string }>>(await reader.line());
    const theirs = String(hello.nonce ?? '').slice(0, 128);
    const mine = nonce();
    socket.write(
      controlLine({
        keybridge: identity.wire,
        version: identity.version,
        kind: identity.kind,
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
  if (house.leaving) {
    socket.end(controlLine({ goodbye: true }));
    return;
  }
  if (greeting.kind === 'handover') {
    await house.owner.handOver({ identity: readIdentity(greeting.from ?? {}), socket, reader });
    return;
  }
  if (!['bridge', 'api', 'stop'].includes(greeting.kind))
    throw new Fault('broker.version', 'The Keybridge that runs does not know what is asked of it.');
  const rest = reader.rest();
  socket.write(controlLine({ ok: true }));
  if (greeting.kind === 'api') {
    serveApi(broker, callableLines(socket, rest));
    return;
  }
  if (greeting.kind === 'stop') {
    socket.resume();
    await broker.stop();
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
  const initialize = resume && scan(Buffer.from(resume.initialize));
  const standing = (resume?.standing ?? []).flatMap(line => scan(Buffer.from(line)) ?? []);
  await broker.bridge(
    hostChannel(socket, rest, open, house.budget, broker.scheduler),
    settings,
    {
      log: (log, level = 'info') => {
        if (level === 'info' || settings.debug) say({ log, level });
      },
      trouble: fault => say({ trouble: fault?.toJSON() ?? null }),
    },
    resume && initialize ? { initialize, initialized: resume.initialized, standing } : undefined,
  );
  socket.end();
}
