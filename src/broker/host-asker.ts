import type { Fault } from '../base/fault.ts';
import type { Link } from '../oauth/sign-in.ts';
import type { Asker } from './asker.ts';
import { whereToSignIn } from './host-answers.ts';
import type { SessionHouse } from './session-house.ts';
import type { BridgeSettings } from './settings.ts';

/** One host as a sign-in sees it; what is said to it goes to the log of its bridge. */
export abstract class HostAsker implements Asker {
  readonly settings: BridgeSettings;
  readonly connectedAt: number;
  readonly explicit = false;
  askedAt: number | undefined;
  protected readonly server: URL;
  readonly #log: SessionHouse['log'];
  #toldDelay: string | undefined;

  constructor(settings: BridgeSettings, { world, log }: SessionHouse) {
    this.settings = settings;
    this.server = new URL(settings.server);
    this.connectedAt = world.now();
    this.#log = log;
  }

  abstract get hostName(): string | undefined;
  abstract get elicit(): Asker['elicit'];
  abstract signInPending(url?: URL): void;

  say(text: string): void {
    this.#log(text);
  }

  shown(link: Link, opened: boolean): void {
    this.#log(whereToSignIn(link, opened, this.server));
  }

  /** An outage is told once, however many tries fail. */
  delayed(fault: Fault): void {
    const told = fault.data?.since ?? fault.code;
    if (this.#toldDelay !== told) this.#log(fault.sentence);
    this.#toldDelay = told;
  }
}
