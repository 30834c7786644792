import { isObject, parseJson } from '../base/json.ts';
import type { World } from '../base/world.ts';
import { type Baseline, compareWith, readBaseline, toBaseline } from '../doctor/baseline.ts';
import type { Diagnosis } from '../doctor/diagnosis.ts';

const FILE = 'baselines.json';
/** Targets whose baselines are kept; the oldest go. */
const MOST = 200;

/** What windows keep of examinations for later comparison, in a file of the state folder; one for each target. */
export class Baselines {
  readonly #world: Pick<World, 'files' | 'now'>;
  /** One change after the other. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(world: Pick<World, 'files' | 'now'>) {
    this.#world = world;
  }

  /** The diagnosis with what has changed since its baseline, where there is one. Throws `store.unwritable`. */
  async compare(diagnosis: Diagnosis): Promise<Diagnosis> {
    const known = await this.#read();
    const compared = known.map(each => compareWith(diagnosis, each)).find(({ since }) => since);
    return compared ?? diagnosis;
  }

  /** Takes the place of an earlier one. Throws `store.unwritable`. */
  keep(diagnosis: Diagnosis): Promise<void> {
    const change = this.#changing.then(async () => {
      const saved = toBaseline([diagnosis], this.#world.now());
      const target = saved.targets[0]?.target;
      const others = (await this.#read()).filter(({ targets }) => targets[0]?.target !== target);
      const baselines = [saved, ...others].slice(0, MOST);
      const text = `${JSON.stringify({ schema: 1, baselines })}\n`;
      await this.#world.files.replace(FILE, new TextEncoder().encode(text));
    });
    this.#changing = change.catch(() => {});
    return change;
  }

  /** What cannot be read as baselines is none. */
  async #read(): Promise<Baseline[]> {
    const bytes = await this.#world.files.read(FILE);
    const read = bytes && parseJson(new TextDecoder().decode(bytes));
    const baselines = isObject(read) && Array.isArray(read.baselines) ? read.baselines : [];
    return baselines.flatMap(each => readBaseline(JSON.stringify(each)) ?? []);
  }
}
