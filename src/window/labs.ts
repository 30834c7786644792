import type { LabEntry, LabServer } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import { base64url } from '../base/text.ts';
import type { RunningLab, Surroundings } from './surroundings.ts';

/** Practice servers that may run at once. */
const MOST = 20;

/** The lab's servers that windows have started. They end with the broker. */
export class Labs {
  readonly #surroundings: Pick<Surroundings, 'lab' | 'world'>;
  readonly #changed: () => void;
  readonly #running = new Map<string, { shown: LabServer; lab: RunningLab }>();

  constructor(surroundings: Pick<Surroundings, 'lab' | 'world'>, changed: () => void) {
    this.#surroundings = surroundings;
    this.#changed = changed;
  }

  get running(): readonly LabServer[] {
    return [...this.#running.values()].map(({ shown }) => shown);
  }

  /** Every practice server by name, the right one first. Throws `usage.not-built` where there is no lab. */
  async catalogue(): Promise<LabEntry[]> {
    return [...(await this.#surroundings.lab.list().catch(missing))];
  }

  /** Throws `usage.flag` for a name there is not and for too many at once, `usage.not-built`, `net.failed`. */
  async start(name: string): Promise<LabServer> {
    if (this.#running.size >= MOST) {
      throw new Fault('usage.flag', `${MOST} practice servers run already.`, { remedy: 'Stop one of them.' });
    }
    const lab = await this.#surroundings.lab.start(name).catch(missing);
    const id = base64url(this.#surroundings.world.random(9));
    const shown = { id, name, url: lab.url };
    this.#running.set(id, { shown, lab });
    this.#changed();
    return shown;
  }

  /** One that does not run any more is no fault. */
  async stop(id: string): Promise<void> {
    const found = this.#running.get(id);
    this.#running.delete(id);
    this.#changed();
    await found?.lab.close();
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#running.keys()].map(id => this.stop(id)));
  }
}

/** The lab's libraries are optional, and no part of the installed app. */
function missing(thrown: unknown): never {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (code !== 'ERR_MODULE_NOT_FOUND') throw Fault.of(thrown);
  throw new Fault('usage.not-built', 'The practice servers are not part of this installation.', {
    remedy: 'They come with the sources: npm run demo shows them.',
    cause: thrown,
  });
}
