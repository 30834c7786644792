import type { ExamineEvent, ExamineRequest, ProbeRow } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import { fieldText } from '../base/text.ts';
import type { HeaderList, NetworkSettings } from '../base/world.ts';
import type { BridgeSettings } from '../broker/settings.ts';
import type { Examination, Probe } from '../checks/examination.ts';
import { examineActively } from '../doctor/active.ts';
import { diagnose } from '../doctor/diagnose.ts';
import type { Diagnosis } from '../doctor/diagnosis.ts';
import { type ExamineOptions, examine } from '../doctor/examine.ts';
import { meantBy } from '../doctor/kind.ts';
import { overriddenSentence } from '../doctor/output/overridden.ts';
import { addressesOf, overridden } from '../doctor/overrides.ts';
import { type SideBySide, sideBySide } from '../doctor/side-by-side.ts';
import { isStep } from '../doctor/steps.ts';
import { secretsOf, withhold } from '../doctor/withhold.ts';
import type { Exchange, Span } from '../trace/event.ts';
import { openTrace } from '../trace/record.ts';
import type { Trace } from '../trace/trace.ts';
import { checkInstead } from './instead.ts';
import { preferredNetwork } from './preferences-file.ts';
import { probeRows } from './probe-rows.ts';
import type { Surroundings } from './surroundings.ts';

/** What an examination takes of the desk's surroundings. */
export type ExaminingRoom = Pick<
  Surroundings,
  'version' | 'world' | 'instruments' | 'environment' | 'preferences'
>;

/** Milliseconds of judging after which hosts and windows have their turn. */
const TURN = 12;
/** Authorization servers that can be named. */
const MOST_ISSUERS = 8;

export interface Examined {
  diagnosis: Diagnosis;
  probes: readonly ProbeRow[];
  sides: readonly SideBySide[];
}

/** One examination, told as it goes on. */
export class Examining {
  readonly #surroundings: ExaminingRoom;
  readonly #request: ExamineRequest;
  readonly #settings: BridgeSettings | undefined;
  readonly #tell: (event: ExamineEvent) => void;
  readonly #signal: AbortSignal;
  readonly #url: URL;
  readonly #kind: 'server' | 'issuer' | undefined;
  readonly #secrets: readonly string[];
  readonly #exchanges = new Map<string, Exchange>();
  #probes: readonly Probe[] = [];
  #isDue = false;
  #rested: number;

  /** Throws `usage.url` and `usage.flag`. */
  constructor(
    surroundings: ExaminingRoom,
    request: ExamineRequest,
    settings: BridgeSettings | undefined,
    tell: (event: ExamineEvent) => void,
    signal: AbortSignal,
  ) {
    this.#surroundings = surroundings;
    this.#request = request;
    this.#settings = settings;
    this.#tell = tell;
    this.#signal = signal;
    const { resourceMetadata, issuers = [], overrides = {}, only } = request;
    checkInstead(request);
    if (only !== undefined && !isStep(only)) throw new Fault('usage.flag', 'There is no such part.');
    const { url, kind } = meantBy(readUrl(request.url));
    // What is put in the place of something a server says needs a server.
    const isServer = resourceMetadata !== undefined || issuers.length > 0;
    this.#url = url;
    this.#kind = request.target || isServer ? 'server' : kind;
    this.#secrets = [
      ...secretsOf(url, this.#settings?.headers ?? []),
      ...addressesOf(overrides, { resourceMetadata, issuers }).flatMap(each => secretsOf(each, [])),
    ];
    this.#rested = surroundings.world.now();
  }

  /** Throws the signal's reason. */
  async run(): Promise<Examined> {
    const { world, version, instruments } = this.#surroundings;
    const network = this.#settings?.network ?? (await this.#network());
    const { trace, root } = openTrace(world, { userAgent: `keybridge/${version}`, name: 'doctor' });
    for (const secret of this.#secrets) root.secret(secret);
    const { resourceMetadata, issuers, overrides, only, active } = this.#request;
    const options: ExamineOptions = {
      network,
      instruments: instruments(network),
      headers: this.#headers,
      allowHttp: this.#settings?.client.allowHttp,
      only,
      resourceMetadata,
      issuers: issuers?.slice(0, MOST_ISSUERS),
      overrides,
      signal: this.#signal,
      onProgress: text => this.#tell({ kind: 'progress', text }),
      onProbes: probes => this.#show(probes),
    };
    const stop = trace.subscribe(event => {
      if (event.kind === 'exchange') this.#see(event.exchange);
    });
    try {
      const passive = await this.#passive(root, trace, options);
      const examination =
        active === true && only === undefined
          ? await examineActively(passive, root, trace, world, options)
          : passive;
      this.#signal.throwIfAborted();
      return await this.#judge(examination);
    } finally {
      stop();
    }
  }

  async #network(): Promise<NetworkSettings> {
    const { environment, preferences } = this.#surroundings;
    return preferredNetwork(environment().network, await preferences.read());
  }

  async #passive(root: Span, trace: Trace, options: ExamineOptions): Promise<Examination> {
    const { resourceMetadata, issuers, overrides = {} } = this.#request;
    const said = overridden(overrides, {
      resourceMetadata,
      ...(issuers ? { issuers } : {}),
      headers: this.#headers,
    });
    const sentence = overriddenSentence({ overridden: said });
    if (sentence !== undefined) root.note(sentence);
    const passive = await examine(this.#url, this.#kind, root, trace, this.#surroundings.world, options);
    return said.length > 0 ? { ...passive, overridden: said } : passive;
  }

  async #judge(examination: Examination): Promise<Examined> {
    const { version } = this.#surroundings;
    const pause = () => this.#pause();
    const diagnosis = await diagnose(examination, { version, only: this.#request.only, pause });
    const exchanges: Record<string, Exchange> = {};
    for (const [id, exchange] of Object.entries(examination.exchanges)) {
      exchanges[id] = this.#withheld(exchange);
      await this.#pause();
    }
    const rest = this.#withheld({ ...diagnosis, examination: { ...examination, exchanges: {} } });
    const whole = { ...rest, examination: { ...rest.examination, exchanges } };
    return {
      diagnosis: whole,
      probes: probeRows(whole.examination, whole.findings),
      sides: sideBySide(whole.examination),
    };
  }

  get #headers(): HeaderList {
    return (this.#settings?.headers ?? []).map(([name, value]) => [name, fieldText(value)]);
  }

  #withheld<T>(value: T): T {
    return withhold(value, this.#url, this.#secrets);
  }

  #see(exchange: Exchange): void {
    this.#exchanges.set(exchange.id, exchange);
    this.#tell({ kind: 'exchange', exchange: this.#withheld(exchange) });
  }

  /** Many questions begin at once; they are told of together. */
  #show(probes: readonly Probe[]): void {
    this.#probes = probes;
    if (this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      const exchanges = Object.fromEntries(this.#exchanges);
      this.#tell({ kind: 'probes', probes: this.#withheld(probeRows({ probes: this.#probes, exchanges })) });
    });
  }

  /** No long work on the one event loop. */
  #pause(): Promise<void> | undefined {
    const { world } = this.#surroundings;
    this.#signal.throwIfAborted();
    if (world.now() - this.#rested < TURN) return undefined;
    return world.sleep(0).then(() => {
      this.#rested = world.now();
    });
  }
}

function readUrl(text: string): URL {
  const url = URL.parse(text.trim());
  if (!url || !/^https?:$/.test(url.protocol))
    throw new Fault('usage.url', 'The doctor wants a URL that begins with https://.');
  if (url.username || url.password)
    throw new Fault('usage.url', 'A URL must not carry a name or password.', {
      remedy: 'Put credentials into the headers of the server’s settings instead.',
    });
  url.hash = '';
  return url;
}
