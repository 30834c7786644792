import type { Fault } from '../base/fault.ts';
import type { SignInHosts } from '../oauth/authorization-endpoint.ts';
import type { Link } from '../oauth/sign-in.ts';
import type { Onlooker } from './onlooker.ts';
import type { BridgeSettings } from './settings.ts';

/** Whoever needs a sign-in: a host's session or a `login`. */
export interface Asker {
  readonly settings: BridgeSettings;
  /** Milliseconds since the epoch. */
  readonly connectedAt: number;
  /** A `login` or a click: somebody acts, so the link is shown at once. */
  readonly explicit: boolean;
  /** Called when a sign-in is under way, and again, with the link, once somebody can follow it. */
  signInPending(url?: URL): void;
  /**
   * Asks the user through the host (MCP elicitation, URL mode). `undefined` where the host cannot.
   * Resolves `unsupported` when the host turned out not to, `gone` when it left; throws `sign-in.denied`
   * when the user declined.
   */
  elicit?: ((link: Link, id: string) => Promise<'accepted' | 'unsupported' | 'gone'>) | undefined;
  /**
   * Asks whoever acts whether the page and who gets what is allowed there belong together; `undefined`: it left
   * without an answer. Absent for a host, which cannot be asked.
   */
  confirm?: ((hosts: SignInHosts) => Promise<boolean | undefined>) | undefined;
  /** When it last asked for something, in milliseconds since the epoch. */
  readonly askedAt?: number | undefined;
  /** Called when it waits for something other than a sign-in: a locked keychain, a token endpoint that is out. */
  delayed(fault: Fault): void;
  /** A sentence for whoever reads this asker's log. */
  say(text: string): void;
  /** Whether the link was opened by us, or must be followed by hand. */
  shown(link: Link, opened: boolean): void;
  /** Looks on, and may take its time. */
  readonly onlooker?: Onlooker | undefined;
  /** The sign-in is over. */
  elicited?: ((id: string) => void) | undefined;
}
