import { asStrings, isObject } from './json.ts';
import { systemError } from './system-error.ts';
import { plain } from './text.ts';

/**
 * Every reason for which Keybridge itself cannot go on. A wrong server is data (an Attempt, a Finding);
 * a Fault is what a user or a host is told, so each carries a cause in plain words and a remedy.
 */
export const FAULT_CODES = [
  'usage.flag',
  'usage.url',
  'usage.not-built',
  'net.dns',
  'net.refused',
  'net.timeout',
  'net.tls',
  'net.private-address',
  'net.redirect',
  'net.too-large',
  'net.insecure',
  'net.failed',
  'server.not-mcp',
  'server.refused',
  'server.header-refused',
  'server.session-lost',
  'server.stream-lost',
  'server.cut-off',
  'discovery.no-authorization-server',
  'discovery.no-metadata',
  'discovery.resource-mismatch',
  'registration.unsupported',
  'registration.refused',
  'registration.stale',
  'registration.mismatch',
  'sign-in.needed',
  'sign-in.pkce-unsupported',
  'sign-in.endpoint',
  'sign-in.unconfirmed',
  'sign-in.device-unsupported',
  'sign-in.expired',
  'sign-in.denied',
  'sign-in.failed',
  'sign-in.cancelled',
  'sign-in.browser',
  'sign-in.scope',
  'callback.port-in-use',
  'callback.invalid',
  'token.refused',
  'token.invalid-grant',
  'token.unavailable',
  'vault.unavailable',
  'vault.locked',
  'store.damaged',
  'store.unwritable',
  'home.unsafe',
  'examination.gone',
  'broker.unreachable',
  'broker.lost',
  'broker.refused',
  'broker.version',
  'broker.busy',
  'cancelled',
  'internal',
] as const;

/** Bounds of a Fault that comes from another process: characters of a text and of a name, and a list's length. */
const LONGEST_TEXT = 64 * 1024;
const LONGEST_NAME = 1024;
const MOST_FACTS = 100;

export type FaultCode = (typeof FAULT_CODES)[number];

/** Whether a value names one of {@link FAULT_CODES}. */
export function isFaultCode(value: unknown): value is FaultCode {
  return (FAULT_CODES as readonly unknown[]).includes(value);
}

export interface FaultOptions {
  /** What the user or the server's operator can do, one sentence in the imperative. */
  remedy?: string;
  /** Ids of the exchanges that show it, or other plain facts. Never a secret. */
  evidence?: readonly string[];
  cause?: unknown;
  /** Further plain data for a host or a window, such as the sign-in link. Never a secret. */
  data?: Readonly<Record<string, string>>;
}

/** A Fault as it crosses a wire: whole, so that callers branch on `code` and never on text. */
export interface FaultJson {
  code: FaultCode;
  message: string;
  remedy?: string;
  evidence: readonly string[];
  data?: Readonly<Record<string, string>>;
}

export class Fault extends Error {
  readonly code: FaultCode;
  readonly remedy: string | undefined;
  readonly evidence: readonly string[];
  readonly data: Readonly<Record<string, string>> | undefined;

  constructor(code: FaultCode, message: string, options: FaultOptions = {}) {
    // Names and addresses that others chose may be in it, and it goes to terminals, hosts and pages.
    super(
      plain(message, Number.POSITIVE_INFINITY),
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = 'Fault';
    this.code = code;
    this.remedy = options.remedy === undefined ? undefined : plain(options.remedy, Number.POSITIVE_INFINITY);
    this.evidence = options.evidence ?? [];
    this.data = options.data;
  }

  /** Cause and remedy in one or two sentences, for stderr and JSON-RPC errors. */
  get sentence(): string {
    return this.remedy ? `${this.message} ${this.remedy}` : this.message;
  }

  toJSON(): FaultJson {
    return {
      code: this.code,
      message: this.message,
      evidence: this.evidence,
      ...(this.remedy === undefined ? {} : { remedy: this.remedy }),
      ...(this.data === undefined ? {} : { data: this.data }),
    };
  }

  /**
   * The inverse of {@link Fault.toJSON}, for what another process of ours sent. Never throws: an unknown code (a
   * newer peer) becomes `internal`, what is too long is cut, a member of another type is left out, and what has
   * no message becomes a general Fault. What a server says is no Fault and never comes here.
   */
  static from(json: unknown): Fault {
    const { code, message, remedy, evidence, data } = isObject(json) ? json : {};
    if (typeof message !== 'string') {
      return new Fault('internal', 'Something failed in Keybridge, and what it was could not be read.');
    }
    const pairs = isObject(data) ? Object.entries(data).slice(0, MOST_FACTS) : [];
    const facts = pairs.flatMap(([key, value]) =>
      typeof value === 'string' ? [[key.slice(0, LONGEST_NAME), value.slice(0, LONGEST_TEXT)]] : [],
    );
    return new Fault(isFaultCode(code) ? code : 'internal', message.slice(0, LONGEST_TEXT), {
      evidence: (asStrings(evidence) ?? []).slice(0, MOST_FACTS).map(each => each.slice(0, LONGEST_NAME)),
      ...(typeof remedy === 'string' ? { remedy: remedy.slice(0, LONGEST_TEXT) } : {}),
      ...(facts.length > 0 ? { data: Object.fromEntries(facts) } : {}),
    });
  }

  /**
   * Any thrown value as a Fault; what is not one yet becomes `code` (default `internal`) with it as cause. What the
   * system said becomes a sentence with a remedy, and its code `data.errno`.
   */
  static of(thrown: unknown, code: FaultCode = 'internal'): Fault {
    if (thrown instanceof Fault) return thrown;
    const system = systemError(thrown);
    if (system) {
      const { message, remedy } = system;
      return new Fault(code, message, { remedy, cause: thrown, data: { errno: system.code } });
    }
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new Fault(code, message, { cause: thrown });
  }
}
