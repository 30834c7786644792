import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import { plain } from '../base/text.ts';
import { errorAnswer } from '../bridge/errors.ts';
import { LineSplitter, LONGEST_LINE } from '../bridge/lines.ts';
import { answered, concat, heads, idKey, scan } from '../bridge/scan.ts';
import { LONGEST_STANDING, Standing } from '../bridge/standing.ts';
import type { MessageHead } from '../trace/event.ts';
import { parseArguments } from './arguments.ts';
import type { Connection } from './connect.ts';
import { FromBroker } from './from-broker.ts';
import { cancelledKey, FromHost, type HostLine } from './from-host.ts';
import { homeFolder } from './home.ts';
import { readNetwork } from './network.ts';
import { Offers, requestIds } from './offers.ts';
import { ENDED, LOST } from './shim-faults.ts';
import { reachBroker } from './start-broker.ts';
import { printError } from './terminal.ts';
import { askedVault } from './vault-choice.ts';
import { controlLine, type Goodbye, type Greeting } from './wire.ts';
import { release, together, writeLine } from './write-line.ts';

/** After the host closed our input, open requests get this long for their answers. Milliseconds. */
const LAST_ANSWERS = 1_500;

/** What is on its way to the host when we end has this long to arrive. Milliseconds. */
const FLUSH = 2_000;

/** A broker that is lost within this time of being reached, with nothing answered, does not stand. Milliseconds. */
const SOON = 10_000;
const MOST_QUICK_LOSSES = 4;

/** Bytes of requests that are kept while a broker is about to end; then the host has to wait. */
const MOST_HELD = 8 * 1024 * 1024;

/** A broker that could not be had is tried for again after this long, and then ever more rarely. Milliseconds. */
const FIRST_RETRY = 5_000;
const LONGEST_RETRY = 60_000;

/**
 * The bridge as a host starts it: copies lines between the host and the broker. It knows only the host's
 * `initialize` and the ids still open, so that the broker's death costs an error for each open request
 * and nothing else.
 */
class Shim {
  readonly #folder = homeFolder();
  readonly #greeting: Extract<Greeting, { kind: 'bridge' }>;
  readonly #silent: boolean;
  /** Requests of the host without an answer: the raw JSON of their ids, by what different spellings share. */
  readonly #open = new Map<string, string>();
  /** What the host said while no broker was there, to be said to the next one. */
  #held: HostLine[] = [];
  readonly #offers = new Offers();
  #heldBytes = 0;
  /** The broker is about to end: what the host asks from now on is for the next one. */
  #draining = false;
  #socket: Connection['socket'] | undefined;
  #connecting: Promise<void> | undefined;
  /** Why the last attempt to reach a broker failed. */
  #unreachable: Fault | undefined;
  #retry = FIRST_RETRY;
  #later: ReturnType<typeof setTimeout> | undefined;
  /** Brokers that did not stand, in a row; when the last one was reached, and whether it answered anything. */
  #quickLosses = 0;
  #reachedAt = 0;
  #hasAnswered = false;
  /** The host's own `initialize`, to say again to a new broker. */
  #initialize: { line: HostLine; id: string; answered: boolean } | undefined;
  #initialized = false;
  readonly #standing = new Standing();
  #goodbye: boolean | Goodbye = false;
  #inputEnded = false;
  #exitCode = 0;
  #exiting = false;

  constructor(argv: readonly string[]) {
    const { settings } = parseArguments(argv, {
      env: process.env,
      readFile: path => readFileSync(path, 'utf8'),
      platform: process.platform,
    });
    askedVault(process.env);
    this.#silent = settings.silent;
    this.#greeting = {
      kind: 'bridge',
      settings: { ...settings, network: { ...settings.network, ...readNetwork(process.env) } },
    };
  }

  async run(): Promise<void> {
    process.stdout.on('error', () => this.#exit(0));
    // A host that does not want to hear what is said beside the messages is served all the same.
    process.stderr.on('error', () => {});
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#exit(0));
    const fromHost = new FromHost({
      onMessage: line => this.#fromHost(line),
      onTooLong: found => this.#refuseTooLong(found ? heads(found) : []),
      onOther: () => this.#say('Passed over a line of the host that is not JSON-RPC.'),
    });
    // The broker is reached while the host makes up its mind; nothing is read before it is there.
    await this.#connect();
    if (this.#unreachable) await this.#refuseFirst(this.#unreachable);
    process.stdin.on('data', (chunk: Buffer) => together(this.#socket, () => fromHost.push(chunk)));
    process.stdin.on('error', () => this.#inputEnd());
    process.stdin.on('end', () => {
      fromHost.end();
      this.#inputEnd();
    });
  }

  /** Reaches the broker. What keeps us from it is said on stderr and to every open request. */
  #connect(): Promise<void> {
    if (this.#socket) return Promise.resolve();
    this.#connecting ??= this.#reach().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #reach(): Promise<void> {
    this.#goodbye = false;
    const first = this.#initialize;
    const standing = this.#standing.messages.map(({ bytes }) => Buffer.from(bytes).toString());
    const told = first?.answered ? { initialized: this.#initialized, standing } : undefined;
    const resume =
      first && told ? { resume: { initialize: Buffer.concat(first.line.pieces).toString(), ...told } } : {};
    let connection: Connection;
    try {
      connection = await reachBroker(this.#folder, { ...this.#greeting, ...resume });
    } catch (error) {
      const fault = Fault.of(error, 'broker.unreachable');
      if (this.#unreachable?.sentence !== fault.sentence) this.#say(fault.sentence);
      this.#unreachable = fault;
      this.#exitCode = 1;
      this.#failOpen(fault);
      if (this.#inputEnded) this.#exit(1);
      else if (first?.answered) this.#tryLater();
      return;
    }
    this.#unreachable = undefined;
    clearTimeout(this.#later);
    this.#retry = FIRST_RETRY;
    this.#attach(connection);
    const held = this.#held;
    this.#held = [];
    this.#heldBytes = 0;
    // Asked of a broker that is gone, and never answered: it can be asked again without harm.
    if (first && !first.answered && this.#initialize === first && !held.some(isInitialize))
      this.#send(first.line);
    for (const line of held)
      if (!(told?.initialized && line.method === 'notifications/initialized')) this.#send(line);
    this.#readOn();
  }

  #readOn(): void {
    if (this.#socket?.writableNeedDrain === false && this.#offers.hasRoom) process.stdin.resume();
  }

  /** The server may have something to say to a host that asks for nothing. */
  #tryLater(): void {
    clearTimeout(this.#later);
    this.#later = setTimeout(() => void this.#connect(), this.#retry);
    this.#retry = Math.min(this.#retry * 2, LONGEST_RETRY);
  }

  #attach({ socket, rest }: Connection): void {
    const fromBroker = new FromBroker({
      onLine: line => this.#fromBroker(line),
      onLarge: (pieces, answers) => this.#passOn(pieces, answers),
      onControl: said => this.#control(said),
    });
    const take = (chunk: Uint8Array) => {
      together(process.stdout, () => fromBroker.push(chunk));
      // The host reads slower than the broker writes: let the pressure reach the server.
      if (!process.stdout.writableNeedDrain) return false;
      socket.pause();
      process.stdout.once('drain', () => socket.resume());
      return true;
    };
    this.#socket = socket;
    this.#reachedAt = clock();
    this.#hasAnswered = false;
    socket.on('data', take);
    socket.on('drain', () => this.#readOn());
    socket.on('close', () => this.#lost());
    if (!take(rest)) socket.resume();
  }

  /** Without a broker from the start there is no use in staying: the host's first words are answered, then we end. */
  #refuseFirst(fault: Fault): Promise<never> {
    const splitter = new LineSplitter();
    return new Promise(() => {
      process.stdin.on('data', (chunk: Buffer) => {
        for (const line of splitter.push(chunk)) {
          const message = scan(line);
          for (const { kind, id } of message ? heads(message) : [])
            if (kind === 'request' && id !== undefined) this.#open.set(idKey(id), id);
        }
        // The line may not have come whole.
        if (this.#open.size === 0) return;
        this.#failOpen(fault);
        setImmediate(() => this.#exit(1));
      });
      process.stdin.on('end', () => this.#exit(1));
      setTimeout(() => this.#exit(1), 2_000);
    });
  }

  #fromHost(line: HostLine): void {
    for (const id of requestIds(line)) this.#open.set(idKey(id), id);
    if (isInitialize(line)) {
      this.#initialize = { line, id: idKey(line.id ?? 'null'), answered: false };
      this.#initialized = false;
      this.#standing.clear();
    }
    if (line.size <= LONGEST_STANDING) this.#standing.note({ ...line, bytes: concat(line.pieces) });
    if (line.method === 'notifications/initialized') this.#initialized = true;
    const cancelled = cancelledKey(line);
    // It gets no answer, so its id must not be waited for.
    if (cancelled !== undefined) this.#open.delete(cancelled);
    if (cancelled !== undefined && this.#offers.cancel(this.#socket, cancelled)) return;
    if (this.#draining && !this.#mayPass(line, cancelled)) {
      this.#held.push(line);
      this.#heldBytes += line.size;
      if (this.#heldBytes > MOST_HELD) process.stdin.pause();
      return;
    }
    if (this.#send(line)) return;
    // The broker went; a new one is started because the host asks for something. More is read once it is there.
    this.#held.push(line);
    process.stdin.pause();
    void this.#connect();
  }

  /** Whether a broker that is about to end still wants this: it is part of what is under way there. */
  #mayPass(message: HostLine, cancelled: string | undefined): boolean {
    const isOf = (held: HostLine) =>
      heads(held).some(({ id }) => id !== undefined && idKey(id) === cancelled);
    if (message.kind === 'response') return true;
    if (cancelled !== undefined) return !this.#held.some(isOf);
    return this.#held.length === 0 && !heads(message).some(({ kind }) => kind === 'request');
  }

  #refuseTooLong(parts: readonly MessageHead[]): void {
    const fault = new Fault(
      'net.too-large',
      `A message of the host is longer than the ${LONGEST_LINE / 1024 / 1024} MiB that Keybridge passes on.`,
      { remedy: 'Send less at once.' },
    );
    this.#say(fault.sentence);
    for (const { kind, id } of parts)
      if (kind === 'request' && id !== undefined) this.#write(errorAnswer(id, fault).bytes);
  }

  /** False when no broker is there to take it. */
  #send(line: HostLine): boolean {
    if (!this.#socket?.writable) return false;
    if (!this.#offers.send(this.#socket, line)) process.stdin.pause();
    return true;
  }

  #fromBroker(line: Uint8Array): void {
    const message = scan(line);
    this.#passOn([line], message ? answered(message) : []);
  }

  /** Writes a line to the host that answers the requests with these ids. */
  #passOn(line: readonly Uint8Array[], answers: readonly string[]): void {
    for (const id of answers) {
      const key = idKey(id);
      this.#open.delete(key);
      this.#hasAnswered = true;
      if (this.#initialize?.id === key) this.#initialize.answered = true;
    }
    writeLine(process.stdout, line, () => release(line));
    if (this.#inputEnded && this.#open.size === 0) this.#exit(this.#exitCode);
  }

  #control(said: Record<string, unknown>): void {
    if (typeof said.log === 'string') this.#say(said.log);
    if (typeof said.take === 'number' && this.#socket) this.#offers.taken(this.#socket, said.take);
    if (typeof said.refused === 'number') {
      const refused = this.#offers.refused(said.refused);
      this.#refuse(refused ? requestIds(refused) : [], Fault.from(said.fault));
      return;
    }
    if (said.drain) {
      this.#draining = true;
      this.#held.push(...this.#offers.takeBack());
      this.#socket?.write(controlLine({ holding: true }));
    }
    if (said.goodbye) this.#goodbye = said.reason === 'handover' ? said.reason : true;
    if ('trouble' in said) this.#exitCode = said.trouble === null ? 0 : 1;
    if (said.fault) {
      // The broker could not serve us; it would do no better if it were asked again at once.
      const fault = Fault.from(said.fault);
      this.#goodbye = true;
      this.#exitCode = 1;
      this.#say(fault.sentence);
      this.#failOpen(fault);
    }
  }

  #refuse(ids: readonly string[], fault: Fault): void {
    for (const id of ids) {
      this.#open.delete(idKey(id));
      this.#write(errorAnswer(id, fault).bytes);
    }
    this.#readOn();
  }

  #lost(): void {
    this.#socket = undefined;
    this.#held.push(...this.#offers.takeBack());
    this.#draining = false;
    process.stdin.resume();
    this.#failOpen(undefined);
    if (this.#inputEnded && this.#held.length === 0) {
      this.#exit(this.#exitCode);
      return;
    }
    const stood = this.#hasAnswered || clock() - this.#reachedAt >= SOON;
    if (!this.#goodbye) this.#quickLosses = stood ? 0 : this.#quickLosses + 1;
    if (this.#quickLosses > MOST_QUICK_LOSSES) {
      const lost = "Keybridge's own process ends as soon as it is started.";
      const remedy = `What it said is in ${join(this.#folder, 'broker.log')}.`;
      this.#failOpen(new Fault('broker.lost', lost, { remedy }));
      return;
    }
    // After a goodbye nothing is started again until the host asks for something, unless another one took over.
    const isAsked = this.#held.length > 0 || this.#initialize?.answered === false;
    if (!isAsked && (!this.#initialize || this.#goodbye === true)) return;
    const pause = this.#quickLosses < 2 ? 0 : 250 * 2 ** this.#quickLosses;
    setTimeout(() => void this.#connect(), pause);
  }

  /** Answers every open request. Without a fault the broker is gone, and what it never got is kept for the next. */
  #failOpen(fault: Fault | undefined): void {
    if (fault) this.#held = [];
    const kept = new Set<string>();
    for (const { kind, id } of this.#held.flatMap(heads))
      if (kind === 'request' && id !== undefined) kept.add(idKey(id));
    if (!fault && this.#initialize?.answered === false) kept.add(this.#initialize.id);
    for (const [key, id] of this.#open) {
      if (kept.has(key)) continue;
      this.#open.delete(key);
      if (this.#initialize?.id === key) this.#initialize = undefined;
      this.#write(errorAnswer(id, fault ?? LOST).bytes);
    }
    if (fault) process.stdin.resume();
  }

  #inputEnd(): void {
    this.#inputEnded = true;
    if (this.#open.size === 0) this.#exit(this.#exitCode);
    else setTimeout(() => this.#exit(this.#exitCode), LAST_ANSWERS);
  }

  #write(line: Uint8Array): void {
    writeLine(process.stdout, [line]);
  }

  #say(text: string): void {
    if (!this.#silent) printError(`keybridge: ${plain(text, 4_000)}\n`);
  }

  #exit(code: number): void {
    if (this.#exiting) return;
    this.#exiting = true;
    this.#failOpen(ENDED);
    this.#socket?.end();
    // What is on its way to the host must arrive before the process ends, if the host reads at all.
    if (process.stdout.writableLength === 0) process.exit(code);
    process.stdout.end(() => process.exit(code));
    setTimeout(() => process.exit(code), FLUSH);
  }
}

/** Milliseconds; `performance` would load what nothing else here needs. */
function clock(): number {
  return process.uptime() * 1000;
}

function isInitialize({ kind, method }: HostLine): boolean {
  return kind === 'request' && method === 'initialize';
}

/** Runs the bridge until the host closes its input. */
export async function runShim(argv: readonly string[]): Promise<void> {
  try {
    await new Shim(argv).run();
  } catch (error) {
    const fault = Fault.of(error);
    printError(`keybridge: ${plain(fault.sentence, 4_000)}\n`);
    process.exit(fault.code.startsWith('usage.') ? 2 : 1);
  }
}
