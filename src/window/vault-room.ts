import type { Status } from '../api/contract.ts';
import type { Vault } from '../api/window.ts';
import { notBuilt } from './not-built.ts';
import type { Surroundings } from './surroundings.ts';

/** Where secrets live, and what a person can do about it. */
export class VaultRoom {
  constructor(_surroundings: Surroundings, _changed: () => void) {}

  async look(said: Status['vault']): Promise<Vault> {
    return { ...said, state: 'open' };
  }

  choose(_kind: 'keychain' | 'file'): Promise<void> {
    return notBuilt();
  }

  unlock(): Promise<void> {
    return notBuilt();
  }
}
