import type { FaultJson } from '../../src/base/fault.ts';
import { concat } from '../../src/base/gathered-bytes.ts';
import type { Authorize, Message, ServerChannel } from '../../src/bridge/channel.ts';
import { message, scan } from '../../src/bridge/scan.ts';
import { openUpstream, type Upstream, type UpstreamOptions } from '../../src/bridge/upstream.ts';
import { PlainSpan, quickWorld } from './span.ts';

/** A message that came to the host, parsed. */
export interface Heard {
  id?: string | number | null;
  method?: string;
  params?: Record<string, unknown>;
  result?: Record<string, unknown>;
  error?: { code: number; message: string; data?: { keybridge?: FaultJson } };
}

/** The host's end of a channel: sends, and keeps everything that comes. */
export class Host {
  readonly channel: ServerChannel;
  readonly heard: Heard[] = [];
  readonly raw: Message[] = [];
  /** Large messages of which not all has come. */
  unfinished = 0;
  /** Pieces of large messages that have come. */
  pieces = 0;
  /** Resolves when `messages` ends. */
  readonly ended: Promise<void>;
  #changed = Promise.withResolvers<void>();
  #next = 1;

  constructor(channel: ServerChannel) {
    this.channel = channel;
    this.ended = this.#read();
  }

  async #read(): Promise<void> {
    const pieces = new Map<number, Uint8Array[]>();
    for await (const parcel of this.channel.messages) {
      if (parcel.kind === 'piece') {
        this.pieces++;
        this.unfinished = pieces.size + Number(!pieces.has(parcel.transfer));
        pieces.set(parcel.transfer, [...(pieces.get(parcel.transfer) ?? []), ...parcel.bytes]);
        continue;
      }
      // What goes in pieces the host's shim puts together.
      const before = parcel.transfer === undefined ? undefined : pieces.get(parcel.transfer);
      if (parcel.transfer !== undefined) pieces.delete(parcel.transfer);
      this.unfinished = pieces.size;
      if (parcel.kind === 'dropped') continue;
      const each = before ? { ...parcel, bytes: concat(before) } : parcel;
      this.raw.push(each);
      this.heard.push(each.bytes.length > 10_000_000 ? {} : JSON.parse(new TextDecoder().decode(each.bytes)));
      this.#changed.resolve();
      this.#changed = Promise.withResolvers();
    }
  }

  /** Sends a JSON-RPC message as it stands. */
  send(json: Record<string, unknown> | unknown[]): Promise<void> {
    return this.channel.send(message(Array.isArray(json) ? json : { jsonrpc: '2.0', ...json }));
  }

  /** Sends bytes as they stand. */
  sendText(text: string): Promise<void> {
    const built = scan(new TextEncoder().encode(text));
    if (!built) throw new Error('Not a message.');
    return this.channel.send(built);
  }

  /** Sends a request; resolves with its answer. */
  async ask(
    method: string,
    params: Record<string, unknown> = {},
    id: string | number = this.#next++,
  ): Promise<Heard> {
    await this.send({ id, method, params });
    return this.hears(one => one.id === id && one.method === undefined);
  }

  /** The first message heard that fits, waited for. */
  async hears(fits: (one: Heard) => boolean): Promise<Heard> {
    for (;;) {
      const found = this.heard.find(fits);
      if (found) return found;
      await this.#changed.promise;
    }
  }

  /** `initialize` and `notifications/initialized`; resolves with the answer to the first. */
  async initialize(protocolVersion = '2025-11-25'): Promise<Heard> {
    const answer = await this.ask('initialize', {
      protocolVersion,
      capabilities: { sampling: {} },
      clientInfo: { name: 'test-host', version: '1' },
    });
    await this.send({ method: 'notifications/initialized' });
    return answer;
  }

  /** How many answers came to an id. */
  answers(id: string | number): number {
    return this.heard.filter(one => one.id === id && one.method === undefined).length;
  }
}

export const fault = (answer: Heard): FaultJson | undefined => answer.error?.data?.keybridge;

/** A host with a real upstream channel under it. */
export function connect(
  url: string,
  options: Partial<UpstreamOptions> = {},
): { host: Host; upstream: Upstream; span: PlainSpan } {
  const span = new PlainSpan();
  const authorize: Authorize = async () => undefined;
  const upstream = openUpstream({
    url,
    headers: [],
    secretHeaders: [],
    transport: 'http-first',
    authorize,
    span,
    world: quickWorld,
    ...options,
  });
  return { host: new Host(upstream), upstream, span };
}

/** Waits until something holds, looking whenever the event loop is free. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 2));
}
