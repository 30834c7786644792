import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import { concat } from '../base/gathered-bytes.ts';
import { plain } from '../base/text.ts';
import { errorAnswer } from '../bridge/errors.ts';
import { answered, heads, idKey, scan } from '../bridge/scan.ts';
import { LONGEST_STANDING, Standing } from '../bridge/standing.ts';
import type { Connection } from './connect.ts';
import { FromBroker } from './from-broker.ts';
import { cancelledKey, FromHost, type HostLine, isInitialize, mayPass } from './from-host.ts';
import { clock, Heartbeat } from './heartbeat.ts';
import { homeFolder } from './home.ts';
import { awaitLastAnswers } from './host-gone.ts';
import { leaveBroker } from './leave-broker.ts';
import { Offers, requestIds } from './offers.ts';
import { refuseHost } from './refuse-host.ts';
import { ENDED, isSilent, LOST, malformed, silentBroker, TOO_LONG } from './shim-faults.ts';
import { type BridgeGreeting, readGreeting } from './shim-greeting.ts';
import { reachBroker } from './start-broker.ts';
import { printError } from './terminal.ts';
import { controlLine, type Goodbye } from './wire.ts';
import { release, together, writeLine } from './write-line.ts';

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
  readonly #greeting: BridgeGreeting;
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
  /** Until then a broker that is there and says nothing is not asked again; whatever the host asks is refused. */
  #refusing = 0;
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
  /** The broker answers when it is asked for a sign of life. */
  #pings = false;
  readonly #heartbeat = new Heartbeat({
    ask: () => this.#socket?.write(controlLine({ ping: 0 })),
    isDeaf: () => this.#socket?.isPaused() ?? true,
    silent: () => this.#giveUp(),
  });
  #inputEnded = false;
  /** Called for each message to the host once its input has ended. */
  #noteAnswer = () => {};
  #exitCode = 0;
  #exiting = false;

  constructor(argv: readonly string[]) {
    this.#greeting = readGreeting(argv);
    this.#silent = this.#greeting.settings.silent;
  }

  async run(): Promise<void> {
    process.stdout.on('error', () => this.#exit(0));
    // A host that does not want to hear what is said beside the messages is served all the same.
    process.stderr.on('error', () => {});
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#exit(0));
    const fromHost = new FromHost({
      onMessage: line => this.#fromHost(line),
      onTooLong: ({ ids }) => this.#refuseLine(TOO_LONG.sentence, ids, id => errorAnswer(id, TOO_LONG).bytes),
      onOther: ({ ids, isSound }) =>
        this.#refuseLine('Passed over what the host wrote that is not JSON-RPC.', ids, id =>
          malformed(id, isSound),
        ),
      onEncoding: name => this.#say(`The host writes ${name}; JSON-RPC is UTF-8, in which it is answered.`),
    });
    // The broker is reached while the host makes up its mind; nothing is read before it is there.
    await this.#connect();
    if (this.#unreachable) await refuseHost(this.#unreachable, 1);
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
      this.#noteUnreachable(Fault.of(error, 'broker.unreachable'));
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

  #noteUnreachable(fault: Fault): void {
    if (this.#unreachable?.sentence !== fault.sentence) this.#say(fault.sentence);
    this.#unreachable = fault;
    this.#refusing = isSilent(fault) ? clock() + FIRST_RETRY : 0;
    this.#exitCode = 1;
    this.#failOpen(fault);
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

  #attach({ socket, rest, pings = false }: Connection): void {
    const fromBroker = new FromBroker({
      onLine: line => this.#fromBroker(line),
      onLarge: (pieces, answers) => this.#passOn(pieces, answers),
      onControl: said => this.#control(said),
    });
    const take = (chunk: Uint8Array) => {
      this.#heartbeat.heard();
      together(process.stdout, () => fromBroker.push(chunk));
      // The host reads slower than the broker writes: let the pressure reach the server.
      if (!process.stdout.writableNeedDrain) return false;
      socket.pause();
      process.stdout.once('drain', () => socket.resume());
      return true;
    };
    this.#socket = socket;
    this.#pings = pings;
    this.#watch();
    this.#reachedAt = clock();
    this.#hasAnswered = false;
    socket.on('data', take);
    socket.on('drain', () => this.#readOn());
    socket.on('close', () => this.#lost());
    if (!take(rest)) socket.resume();
  }

  /** Looks whether the broker is well for as long as the host waits for it. */
  #watch(): void {
    this.#heartbeat.watch(this.#pings && this.#socket !== undefined && this.#open.size > 0);
  }

  /** The broker is there and says nothing: the host hears of it, and the next broker is a new beginning. */
  #giveUp(): void {
    const socket = this.#socket;
    if (!socket) return;
    const fault = silentBroker(this.#folder);
    leaveBroker(socket, this.#open, this.#initialize?.id);
    this.#socket = undefined;
    this.#offers.takeBack();
    this.#draining = false;
    this.#noteUnreachable(fault);
    if (this.#inputEnded) this.#exit(1);
    else if (this.#initialize?.answered) this.#tryLater();
  }

  #fromHost(line: HostLine): void {
    for (const id of requestIds(line)) this.#open.set(idKey(id), id);
    this.#watch();
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
    if (this.#draining && !mayPass(line, cancelled, this.#held)) {
      this.#held.push(line);
      this.#heldBytes += line.size;
      if (this.#heldBytes > MOST_HELD) process.stdin.pause();
      return;
    }
    if (this.#send(line)) return;
    if (this.#unreachable && clock() < this.#refusing) {
      this.#refuse(requestIds(line), this.#unreachable);
      return;
    }
    // The broker went; a new one is started because the host asks for something. More is read once it is there.
    this.#held.push(line);
    process.stdin.pause();
    void this.#connect();
  }

  /** Refuses by their ids what is not passed on; a request under way has its own answer. */
  #refuseLine(said: string, ids: readonly string[], answer: (id: string) => Uint8Array): void {
    this.#say(said);
    const found = new Map(ids.map(id => [idKey(id), id]));
    for (const [key, id] of found) if (!this.#open.has(key)) this.#write(answer(id));
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
    this.#watch();
    this.#noteAnswer();
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
    this.#watch();
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
      if (this.#inputEnded) this.#exitCode = 1;
      this.#write(errorAnswer(id, fault ?? LOST).bytes);
    }
    this.#watch();
    if (fault) process.stdin.resume();
  }

  #inputEnd(): void {
    this.#inputEnded = true;
    if (this.#open.size === 0) this.#exit(this.#exitCode);
    // A script has said all it has to say and waits for the answers.
    else this.#noteAnswer = awaitLastAnswers(() => this.#exit(1));
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

/** Runs the bridge until the host has closed its input and has every answer. */
export async function runShim(argv: readonly string[]): Promise<void> {
  try {
    await new Shim(argv).run();
  } catch (error) {
    const fault = Fault.of(error);
    printError(`keybridge: ${plain(fault.sentence, 4_000)}\n`);
    await refuseHost(fault, fault.code.startsWith('usage.') ? 2 : 1);
  }
}
