import type { LabEntry, LabServer } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import { parseJson } from '../base/json.ts';
import { base64url } from '../base/text.ts';
import type { RunningLab, Surroundings } from './surroundings.ts';

/** Practice servers that may run at once. */
const MOST = 20;
/** Where those that run are written down: after a crash nobody else knows that they are gone. */
const FILE = 'practice.json';

/**
 * The lab's servers that windows have started. They end with the broker; whoever keeps a list of servers is told
 * of each that is gone, `gone`, also of those an earlier broker had.
 */
export class Labs {
  readonly #surroundings: Pick<Surroundings, 'lab' | 'world'>;
  readonly #changed: () => void;
  readonly #gone: (urls: readonly string[]) => Promise<void>;
  readonly #running = new Map<string, { shown: LabServer; lab: RunningLab }>();
  readonly #swept: Promise<void>;

  constructor(
    surroundings: Pick<Surroundings, 'lab' | 'world'>,
    changed: () => void,
    gone: (urls: readonly string[]) => Promise<void>,
  ) {
    this.#surroundings = surroundings;
    this.#changed = changed;
    this.#gone = gone;
    this.#swept = this.#sweep();
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
    await this.#swept;
    const lab = await this.#surroundings.lab.start(name).catch(missing);
    const id = base64url(this.#surroundings.world.random(9));
    const shown = { id, name, url: lab.url };
    this.#running.set(id, { shown, lab });
    await this.#write();
    this.#changed();
    return shown;
  }

  /** One that does not run any more is no fault. */
  async stop(id: string): Promise<void> {
    const found = this.#running.get(id);
    if (!found) return;
    this.#running.delete(id);
    // While it still answers, so that what it has granted is given back.
    await this.#gone([found.shown.url]).catch(() => {});
    await this.#write();
    this.#changed();
    await found.lab.close();
  }

  /** The broker ends. The next one is told of them. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#running.values()].map(({ lab }) => lab.close()));
    this.#running.clear();
  }

  async #sweep(): Promise<void> {
    try {
      const bytes = await this.#surroundings.world.files.read(FILE);
      const read = parseJson(new TextDecoder().decode(bytes));
      const urls = Array.isArray(read) ? read.filter(each => typeof each === 'string') : [];
      if (urls.length === 0) return;
      await this.#gone(urls);
      await this.#write();
      this.#changed();
    } catch {
      // They stay in the list, where somebody can take them out.
    }
  }

  async #write(): Promise<void> {
    const urls = this.running.map(({ url }) => url);
    // Of no more use than that is a full disk's refusal.
    await this.#surroundings.world.files
      .replace(FILE, new TextEncoder().encode(`${JSON.stringify(urls)}\n`))
      .catch(() => {});
  }
}

/** The lab's libraries are optional. */
function missing(thrown: unknown): never {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (code !== 'ERR_MODULE_NOT_FOUND') throw Fault.of(thrown);
  throw new Fault('usage.not-built', 'The practice servers are not part of this installation.', {
    remedy: 'They come with the sources: npm run demo shows them.',
    cause: thrown,
  });
}
