import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../base/fault.ts';
import { errorAnswer } from '../bridge/errors.ts';
import { LineSplitter } from '../bridge/lines.ts';
import { scan } from '../bridge/scan.ts';
import { parseArguments } from './arguments.ts';
import { homeFolder } from './home.ts';
import { readNetwork } from './network.ts';
import { reachBroker } from './start-broker.ts';
import { askedVault } from './vault-choice.ts';
import { type BrokerLine, type Greeting, isControl, readControl } from './wire.ts';
import { writeLine } from './write-line.ts';

/** After the host closed our input, open requests get this long for their answers. Milliseconds. */
const LAST_ANSWERS = 1_500;

/** A broker that is lost within this time of being reached counts as one that does not stand. Milliseconds. */
const SOON = 10_000;
const MOST_QUICK_LOSSES = 4;

/**
 * The bridge as a host starts it: copies lines between the host and the broker. It knows only the host's
 * `initialize` and the ids still open, so that the broker's death costs an error for each open request
 * and nothing else.
 */
class Shim {
  readonly #folder = homeFolder();
  readonly #greeting: Extract<Greeting, { kind: 'bridge' }>;
  readonly #silent: boolean;
  /** Requests of the host without an answer, by the raw JSON of their id. */
  readonly #open = new Set<string>();
  #socket: import('node:net').Socket | undefined;
  #connecting: Promise<void> | undefined;
  /** Brokers that were lost soon after they were reached, in a row, and when the last one was reached. */
  #quickLosses = 0;
  #reachedAt = 0;
  /** The host's own `initialize`, to say again to a new broker. */
  #initialize: { line: string; id: string; answered: boolean } | undefined;
  #initialized = false;
  #goodbye = false;
  #inputEnded = false;
  #exitCode = 0;

  constructor(argv: readonly string[]) {
    const { settings } = parseArguments(argv, {
      env: process.env,
      readFile: path => readFileSync(path, 'utf8'),
      platform: process.platform,
    });
    askedVault(process.env);
    this.#silent = settings.silent;
    this.#greeting = { kind: 'bridge', settings: { ...settings, network: readNetwork(process.env) } };
  }

  async run(): Promise<void> {
    process.stdout.on('error', () => this.#exit(0));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => this.#exit(0));
    const fromHost = new LineSplitter();
    // The broker is reached while the host makes up its mind; nothing is read before it is there.
    await this.#connect();
    process.stdin.on('data', (chunk: Buffer) => {
      for (const line of fromHost.push(chunk)) this.#fromHost(line);
    });
    process.stdin.on('error', () => this.#inputEnd());
    process.stdin.on('end', () => {
      const last = fromHost.end();
      if (last) this.#fromHost(last);
      this.#inputEnd();
    });
  }

  /** Reaches the broker. What keeps us from it is said on stderr and to every open request. */
  #connect(): Promise<void> {
    this.#connecting ??= this.#reach().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #reach(): Promise<void> {
    this.#goodbye = false;
    const first = this.#initialize;
    const resume = first?.answered
      ? { resume: { initialize: first.line, initialized: this.#initialized } }
      : {};
    try {
      const { socket, rest } = await reachBroker(this.#folder, { ...this.#greeting, ...resume });
      const fromBroker = new LineSplitter();
      const take = (chunk: Uint8Array) => {
        for (const line of fromBroker.push(chunk)) this.#fromBroker(line);
      };
      this.#socket = socket;
      this.#reachedAt = Date.now();
      socket.on('data', chunk => {
        take(chunk);
        // The host reads slower than the broker writes: let the pressure reach the server.
        if (process.stdout.writableNeedDrain) {
          socket.pause();
          process.stdout.once('drain', () => socket.resume());
        }
      });
      socket.on('drain', () => process.stdin.resume());
      socket.on('close', () => this.#lost());
      if (rest.length > 0) take(rest);
      socket.resume();
      // Asked of a broker that is gone, and never answered: it can be asked again without harm.
      if (first && !first.answered) this.#send(Buffer.from(first.line));
    } catch (error) {
      const fault = Fault.of(error, 'broker.unreachable');
      this.#exitCode = 1;
      this.#say(fault.sentence);
      this.#failOpen(fault);
      if (this.#initialize === undefined) await this.#refuseFirst(fault);
    }
  }

  /** Without a broker from the start there is no use in staying: the host's first words are answered, then we end. */
  #refuseFirst(fault: Fault): Promise<never> {
    const splitter = new LineSplitter();
    return new Promise(() => {
      process.stdin.on('data', (chunk: Buffer) => {
        for (const line of splitter.push(chunk)) {
          const message = scan(line);
          if (message?.kind === 'request' && message.id !== undefined) this.#answerLost(message.id, fault);
        }
        setImmediate(() => this.#exit(1));
      });
      process.stdin.on('end', () => this.#exit(1));
      setTimeout(() => this.#exit(1), 2_000);
    });
  }

  #fromHost(line: Uint8Array): void {
    const message = scan(line);
    if (!message) {
      if (Buffer.from(line).toString().trim() !== '')
        this.#say('Passed over a line of the host that is not JSON.');
      return;
    }
    for (const each of message.parts ?? [message]) {
      if (each.kind === 'request' && each.id !== undefined) this.#open.add(each.id);
    }
    if (message.method === 'initialize') {
      this.#initialize = { line: Buffer.from(line).toString(), id: message.id ?? '', answered: false };
      this.#initialized = false;
    }
    if (message.method === 'notifications/initialized') this.#initialized = true;
    if (message.method === 'notifications/cancelled') this.#forget(line);
    this.#send(line);
  }

  /** A cancelled request gets no answer, so its id must not be waited for. */
  #forget(line: Uint8Array): void {
    try {
      const id = JSON.parse(Buffer.from(line).toString())?.params?.requestId;
      if (id !== undefined) this.#open.delete(JSON.stringify(id));
    } catch {
      // Scanned as a message, so it parses; if not, the broker says so.
    }
  }

  #send(line: Uint8Array): void {
    const socket = this.#socket;
    if (socket?.writable) {
      if (!writeLine(socket, line)) process.stdin.pause();
      return;
    }
    // The broker went; a new one is started because the host asks for something. What it was told
    // before the host's own initialize is said again by the greeting.
    const message = scan(line);
    const told = message?.method === 'initialize' || message?.method === 'notifications/initialized';
    void this.#connect().then(() => {
      if (this.#socket?.writable) {
        if (!told) this.#send(line);
      } else if (message?.id !== undefined && message.kind === 'request') {
        this.#answerLost(message.id);
      }
    });
  }

  #fromBroker(line: Uint8Array): void {
    if (isControl(line)) {
      this.#control(readControl<Exclude<BrokerLine, { ok: true }>>(line) as Record<string, unknown>);
      return;
    }
    const message = scan(line);
    for (const each of message?.parts ?? (message ? [message] : [])) {
      if (each.kind !== 'response' || each.id === undefined) continue;
      this.#open.delete(each.id);
      if (this.#initialize?.id === each.id) this.#initialize.answered = true;
    }
    this.#write(line);
    if (this.#inputEnded && this.#open.size === 0) this.#exit(this.#exitCode);
  }

  #control(said: Record<string, unknown>): void {
    if (typeof said.log === 'string') this.#say(said.log);
    if (said.goodbye) this.#goodbye = true;
    if ('trouble' in said) this.#exitCode = said.trouble === null ? 0 : 1;
  }

  #lost(): void {
    this.#socket = undefined;
    process.stdin.resume();
    if (this.#inputEnded) this.#exit(this.#exitCode);
    this.#failOpen(undefined);
    this.#quickLosses = Date.now() - this.#reachedAt < SOON ? this.#quickLosses + 1 : 0;
    if (this.#quickLosses > MOST_QUICK_LOSSES) {
      const lost = "Keybridge's own process ends as soon as it is started.";
      const remedy = `What it said is in ${join(this.#folder, 'broker.1.log')}.`;
      this.#failOpen(new Fault('broker.lost', lost, { remedy }));
      return;
    }
    // After a goodbye nothing is started again until the host asks for something.
    if (!this.#initialize || (this.#goodbye && this.#initialize.answered)) return;
    const pause = this.#quickLosses < 2 ? 0 : 250 * 2 ** this.#quickLosses;
    setTimeout(() => void this.#connect(), pause);
  }

  #failOpen(fault: Fault | undefined): void {
    const again = !fault && this.#initialize?.answered === false ? this.#initialize.id : undefined;
    for (const id of this.#open) if (id !== again) this.#answerLost(id, fault);
  }

  #answerLost(id: string, fault?: Fault): void {
    this.#open.delete(id);
    const lost = new Fault(
      'broker.lost',
      "Keybridge's own process ended while this request was under way; it may or may not have been carried out.",
      {
        remedy: 'Ask again.',
      },
    );
    this.#write(errorAnswer(id, fault ?? lost).bytes);
  }

  #inputEnd(): void {
    this.#inputEnded = true;
    if (this.#open.size === 0) this.#exit(this.#exitCode);
    else setTimeout(() => this.#exit(this.#exitCode), LAST_ANSWERS);
  }

  #write(line: Uint8Array): void {
    writeLine(process.stdout, line);
  }

  #say(text: string): void {
    if (!this.#silent) process.stderr.write(`keybridge: ${text}\n`);
  }

  #exit(code: number): void {
    this.#socket?.end();
    // What is on its way to the host must arrive before the process ends.
    if (process.stdout.writableLength > 0) process.stdout.end(() => process.exit(code));
    else process.exit(code);
  }
}

/** Runs the bridge until the host closes its input. */
export async function runShim(argv: readonly string[]): Promise<void> {
  try {
    await new Shim(argv).run();
  } catch (error) {
    const fault = Fault.of(error);
    process.stderr.write(`keybridge: ${fault.sentence}\n`);
    process.exit(fault.code.startsWith('usage.') ? 2 : 1);
  }
}
