import type { LabEntry, LabServer } from '../api/window.ts';
import { notBuilt } from './not-built.ts';
import type { Surroundings } from './surroundings.ts';

/** The lab's servers that windows have started. */
export class Labs {
  constructor(_surroundings: Surroundings, _changed: () => void) {}

  get running(): readonly LabServer[] {
    return [];
  }

  catalogue(): Promise<LabEntry[]> {
    return notBuilt();
  }

  start(_name: string): Promise<LabServer> {
    return notBuilt();
  }

  stop(_id: string): Promise<void> {
    return notBuilt();
  }

  async close(): Promise<void> {}
}
