import type { Fault } from '../base/fault.ts';
import type { World } from '../base/world.ts';
import type { Authorize, Message, ServerChannel } from '../bridge/channel.ts';
import type { Standing } from '../bridge/standing.ts';
import type { Account } from './account.ts';
import type { Facts } from './facts.ts';

/** What a host's session needs of the broker. */
export interface SessionHouse {
  account: Account;
  facts: Facts;
  world: Pick<World, 'now' | 'sleep' | 'random' | 'scheduler'>;
  /** Opens the server's side of the bridge. */
  openUpstream(authorize: Authorize, standing: Standing): ServerChannel;
  /** A sentence for the shim's stderr. */
  log(text: string, level?: 'info' | 'debug'): void;
  /** Why the host is not served just now, or `null` once it is; sets the shim's exit code. */
  trouble(fault: Fault | null): void;
}

/** What a shim that lost its broker brings along: the host's words to an earlier one. */
export interface Resume {
  initialize: Message;
  initialized: boolean;
  /** What it had arranged for the life of the session. */
  standing: readonly Message[];
}
