import { Client } from 'undici';
import type { Connection } from '../base/world.ts';
import { openConnection, type Resumption, type Route } from './dial-connect.ts';

/** Milliseconds an unused connection is kept when the server does not say; many servers close theirs after 5 s. */
const IDLE = 4_000;
/** Milliseconds it is kept at most, whatever the server says. */
const LONGEST_IDLE = 60_000;
/** Milliseconds before the server's own time is over after which a connection is not used again. */
const MARGIN = 2_000;
/** Bytes of a response's head. */
const LARGEST_HEAD = 64 * 1024;

/**
 * One connection, and the next one after it has ended. A request has a line to itself until its answer is
 * complete, so what is known of the connection is known of the request.
 */
export class Line {
  readonly client: Client;
  readonly #ended = new AbortController();
  /** What the present connection is; none before the first and after its end. */
  #connection: Omit<Connection, 'reused'> | undefined;
  /** Whether a request has gone over the present connection. */
  #used = false;
  /** When it was put by, and for how long it is good then, in milliseconds. */
  #putBy: { at: number; life: number } | undefined;

  constructor(origin: string, route: Route, resumption: Resumption, onEnd: (line: Line) => void) {
    this.client = new Client(origin, {
      connect: (_options, callback) => {
        openConnection(route, resumption, this.#ended.signal).then(
          ({ socket, connection }) => {
            this.#connection = connection;
            this.#used = false;
            callback(null, socket);
          },
          thrown =>
            callback(thrown instanceof Error ? thrown : new Error('given up', { cause: thrown }), null),
        );
      },
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: IDLE,
      keepAliveMaxTimeout: LONGEST_IDLE,
      keepAliveTimeoutThreshold: MARGIN,
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: LARGEST_HEAD,
    });
    this.client.on('disconnect', () => {
      this.#connection = undefined;
      onEnd(this);
    });
  }

  /** What the connection is, asked once for each request when it is sent. */
  take(): Connection {
    const { dns, connect, tlsHandshake, ...lasting } = this.#connection ?? {};
    const reused = this.#used;
    this.#used = true;
    if (reused) return { ...lasting, reused };
    return { ...this.#connection, reused };
  }

  /** Its request has been answered. `keepAlive` is the field of that name in the answer. RFC 2068 §19.7.1.1. */
  putBy(keepAlive: string | null): void {
    const seconds = /\btimeout=(\d{1,6})/i.exec(keepAlive ?? '')?.[1];
    const life = seconds === undefined ? IDLE : Math.min(Number(seconds) * 1000 - MARGIN, LONGEST_IDLE);
    this.#putBy = { at: Date.now(), life };
  }

  /**
   * Whether it was put by for longer than it is good. Timers see to that, but not while the machine sleeps:
   * when it wakes, the other side has long hung up, or a router has forgotten the connection.
   */
  get isOver(): boolean {
    const { at, life } = this.#putBy ?? { at: 0, life: 0 };
    return Math.abs(Date.now() - at) > life;
  }

  /** Ends the connection at once, also one that is still being made. */
  end(): void {
    this.#ended.abort();
    // Whatever was under way has been told already.
    this.client.destroy().catch(() => {});
  }
}

/** The lines to one place, those in use and those waiting for use. */
export class Lines {
  readonly #origin: string;
  readonly #route: Route;
  readonly #resumption: Resumption = {};
  readonly #all = new Set<Line>();
  readonly #idle: Line[] = [];
  #closed = false;

  constructor(origin: string, route: Route) {
    this.#origin = origin;
    this.#route = route;
  }

  /** How many are in use or waiting. */
  get size(): number {
    return this.#all.size;
  }

  /** A line for one request: the one that was used last, or a new one. */
  take(): Line {
    for (let waiting = this.#idle.pop(); waiting; waiting = this.#idle.pop()) {
      if (!waiting.isOver) return waiting;
      this.end(waiting);
    }
    const line = new Line(this.#origin, this.#route, this.#resumption, ended => this.#drop(ended));
    this.#all.add(line);
    return line;
  }

  /** A line whose request has been answered whole, and what the answer's Keep-Alive field says. */
  give(line: Line, keepAlive: string | null): void {
    line.putBy(keepAlive);
    if (this.#closed) line.end();
    else if (this.#all.has(line)) this.#idle.push(line);
  }

  /** A line whose request failed or was given up. */
  end(line: Line): void {
    this.#all.delete(line);
    line.end();
  }

  /** A line that waits and has lost its connection is of no more use; one in use will hear of it itself. */
  #drop(line: Line): void {
    const index = this.#idle.indexOf(line);
    if (index < 0) return;
    this.#idle.splice(index, 1);
    this.end(line);
  }

  /** Ends what waits; what is in use ends with its answer. */
  close(): void {
    this.#closed = true;
    for (const line of this.#idle.splice(0)) this.end(line);
  }

  /** Ends all of it now. */
  destroy(): void {
    this.close();
    for (const line of [...this.#all]) this.end(line);
  }
}
