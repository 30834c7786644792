import type { LabEntry, LabServer } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import { isObject, parseJson } from '../base/json.ts';
import { base64url } from '../base/text.ts';
import type { LabPorts, RunningLab, Surroundings } from './surroundings.ts';

/** Practice servers that may run at once. */
const MOST = 20;
/** Where those that run are written down, so that the next broker starts them again. */
const FILE = 'practice.json';
/** Milliseconds after which one that could not be started is tried again. */
const PAUSE = 10_000;

/** One that an earlier broker had. */
interface Earlier {
  name: string;
  url: string;
  ports: LabPorts;
  /** When it could not be started, in milliseconds since the epoch. */
  failedAt?: number;
}

/**
 * The lab's servers that windows have started. They end with the broker, and come back with the next one at the same
 * addresses, once somebody needs them. Whoever keeps a list of servers is told of each that is gone for good, `gone`.
 */
export class Labs {
  readonly #surroundings: Pick<Surroundings, 'lab' | 'world'>;
  readonly #changed: () => void;
  readonly #gone: (urls: readonly string[]) => Promise<void>;
  readonly #running = new Map<string, { shown: LabServer; lab: RunningLab }>();
  /** Those of an earlier broker that do not run yet. */
  #earlier: Earlier[] = [];
  readonly #waking = new Map<Earlier, Promise<void>>();
  readonly #read: Promise<void>;
  #isClosed = false;

  constructor(
    surroundings: Pick<Surroundings, 'lab' | 'world'>,
    changed: () => void,
    gone: (urls: readonly string[]) => Promise<void>,
  ) {
    this.#surroundings = surroundings;
    this.#changed = changed;
    this.#gone = gone;
    this.#read = this.#remember();
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
    await this.#read;
    if (this.#running.size + this.#earlier.length >= MOST) {
      throw new Fault('usage.flag', `${MOST} practice servers run already.`, { remedy: 'Stop one of them.' });
    }
    const lab = await this.#surroundings.lab.start(name).catch(missing);
    return this.#add(name, lab);
  }

  /** Starts those of an earlier broker again, one after the other. One whose port is taken is tried the next time. */
  async revive(): Promise<void> {
    await this.#read;
    for (const each of [...this.#earlier]) await this.#wake(each);
  }

  /** Resolves when the practice server that an earlier broker had at this address runs again, or cannot. */
  async readyFor({ origin, port }: Pick<URL, 'origin' | 'port'>): Promise<void> {
    await this.#read;
    const its = this.#earlier.find(
      ({ url, ports }) => new URL(url).origin === origin || String(ports.issuerPort) === port,
    );
    if (its) await this.#wake(its);
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

  /** The broker ends. The next one has them again. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#waking.values());
    await Promise.allSettled([...this.#running.values()].map(({ lab }) => lab.close()));
    this.#running.clear();
  }

  #wake(earlier: Earlier): Promise<void> {
    const waking = this.#waking.get(earlier) ?? this.#again(earlier);
    this.#waking.set(earlier, waking);
    return waking.finally(() => this.#waking.delete(earlier));
  }

  async #again(earlier: Earlier): Promise<void> {
    const { now } = this.#surroundings.world;
    if (this.#isClosed || !this.#earlier.includes(earlier)) return;
    if (earlier.failedAt !== undefined && now() - earlier.failedAt < PAUSE) return;
    try {
      const lab = await this.#surroundings.lab.start(earlier.name, earlier.ports);
      this.#earlier = this.#earlier.filter(each => each !== earlier);
      await this.#add(earlier.name, lab);
    } catch {
      // Something else may have its port just now; whoever asks there finds out.
      earlier.failedAt = now();
    }
  }

  async #add(name: string, lab: RunningLab): Promise<LabServer> {
    const id = base64url(this.#surroundings.world.random(9));
    const shown = { id, name, url: lab.url };
    this.#running.set(id, { shown, lab });
    await this.#write();
    this.#changed();
    return shown;
  }

  async #remember(): Promise<void> {
    try {
      const bytes = await this.#surroundings.world.files.read(FILE);
      const read = parseJson(new TextDecoder().decode(bytes));
      if (!Array.isArray(read)) return;
      this.#earlier = read.slice(0, MOST).flatMap(each => earlierOf(each) ?? []);
      // An older version wrote down no more than where they were. Not waited for: to forget them, they are dialled.
      const urls = read.filter(each => typeof each === 'string');
      if (urls.length > 0) void this.#sweep(urls);
    } catch {
      // Who cannot read it has none.
    }
  }

  async #sweep(urls: readonly string[]): Promise<void> {
    try {
      await this.#gone(urls);
      await this.#write();
      this.#changed();
    } catch {
      // They stay in the list, where somebody can take them out.
    }
  }

  async #write(): Promise<void> {
    const running = [...this.#running.values()].map(({ shown: { name, url }, lab: { ports } }) => ({
      name,
      url,
      ports: ports ?? { port: Number(new URL(url).port), issuerPort: 0 },
    }));
    const earlier = this.#earlier.map(({ name, url, ports }) => ({ name, url, ports }));
    const text = `${JSON.stringify([...running, ...earlier])}\n`;
    // Of no more use than that is a full disk's refusal.
    await this.#surroundings.world.files.replace(FILE, new TextEncoder().encode(text)).catch(() => {});
  }
}

/** The file is the user's own, but may have been edited by hand. */
function earlierOf(value: unknown): Earlier | undefined {
  if (!isObject(value) || !isObject(value.ports)) return undefined;
  const { name, url, ports } = value;
  const { port, issuerPort } = ports;
  if (typeof name !== 'string' || typeof url !== 'string' || !isPort(port) || !isPort(issuerPort))
    return undefined;
  return URL.parse(url)?.origin === `http://127.0.0.1:${port}`
    ? { name, url, ports: { port, issuerPort } }
    : undefined;
}

const isPort = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 65_536;

/** The lab's libraries are optional. */
function missing(thrown: unknown): never {
  const code = (thrown as { code?: unknown } | null)?.code;
  if (code !== 'ERR_MODULE_NOT_FOUND') throw Fault.of(thrown);
  throw new Fault('usage.not-built', 'The practice servers are not part of this installation.', {
    remedy: 'They come with the sources: npm run demo shows them.',
    cause: thrown,
  });
}
