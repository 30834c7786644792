import type { ServerStatus } from '../api/contract.ts';
import type { KnownServer, PastedServer, ServerChange, ServerSettings } from '../api/window.ts';
import type { BridgeSettings, Target } from '../broker/settings.ts';
import { notBuilt } from './not-built.ts';
import type { PreferencesFile } from './preferences-file.ts';
import type { Surroundings } from './surroundings.ts';

const NOTHING_SET: ServerSettings = {
  hasClientSecret: false,
  headers: [],
  assumePkce: false,
  allowPrivate: false,
  allowHttp: false,
  transport: 'http-first',
};

/** The servers of the window's list, with their settings; what is secret of them is sealed. */
export class ServerList {
  readonly #surroundings: Surroundings;

  constructor(surroundings: Surroundings, _preferences: PreferencesFile, _changed: () => void) {
    this.#surroundings = surroundings;
  }

  /** What is known of all servers: those of the list first, then those a host uses or a sign-in is kept for. */
  async known(statuses: readonly ServerStatus[]): Promise<KnownServer[]> {
    return statuses.map(status => ({ ...status, listed: false, settings: NOTHING_SET }));
  }

  /** What a sign-in or an examination of the server is done with. */
  async settingsOf({ server, profile }: Target): Promise<BridgeSettings> {
    const settings = this.#surroundings.readCommand([server, '--as', profile]);
    return { ...settings, network: { ...this.#surroundings.network, ...settings.network } };
  }

  readPasted(_text: string): Promise<PastedServer[]> {
    return notBuilt();
  }

  add(_text: string): Promise<Target[]> {
    return notBuilt();
  }

  change(_target: Target, _change: ServerChange): Promise<void> {
    return notBuilt();
  }

  remove(_target: Target): Promise<void> {
    return notBuilt();
  }

  async signOut(target: Target): Promise<boolean> {
    return this.#surroundings.broker.logout(await this.settingsOf(target));
  }

  async forget(target: Target): Promise<void> {
    await this.#surroundings.broker.forget(await this.settingsOf(target));
  }

  hostEntry(_target: Target): Promise<string> {
    return notBuilt();
  }
}
