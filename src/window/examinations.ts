import type { ExamineEvent, ExamineRequest, ProxyChoice, ProxyMending, ReportForm } from '../api/window.ts';
import { Fault } from '../base/fault.ts';
import { Feed } from '../base/feed.ts';
import { checksOf } from '../doctor/diagnose.ts';
import type { Diagnosis } from '../doctor/diagnosis.ts';
import { reportIn } from '../doctor/output/report.ts';
import { toText } from '../doctor/output/text.ts';
import type { Step } from '../doctor/steps.ts';
import { weigh } from '../trace/weigh.ts';
import { Baselines } from './baselines.ts';
import { Examining, type ExaminingRoom } from './examining.ts';
import { mendingsFor } from './mendings.ts';
import type { ServerList } from './server-list.ts';

/** Columns of the report in words. */
const WIDTH = 100;

/** What is kept for reports and baselines. */
export interface ExaminationLimits {
  examinations?: number;
  /** Characters of text, of all together. */
  characters?: number;
}

interface Kept {
  diagnosis: Diagnosis;
  only: Step | undefined;
  /** In characters. */
  weight: number;
}

/** The doctor's examinations for windows; the last ones are kept for reports. */
export class Examinations {
  readonly #surroundings: ExaminingRoom;
  readonly #servers: Pick<ServerList, 'settingsOf'>;
  readonly #baselines: Baselines;
  readonly #limits: Required<ExaminationLimits>;
  readonly #kept = new Map<string, Kept>();
  readonly #running = new Set<AbortController>();

  constructor(
    surroundings: ExaminingRoom,
    servers: Pick<ServerList, 'settingsOf'>,
    { examinations = 20, characters = 16 * 1024 * 1024 }: ExaminationLimits = {},
  ) {
    this.#limits = { examinations, characters };
    this.#surroundings = surroundings;
    this.#servers = servers;
    this.#baselines = new Baselines(surroundings.world);
  }

  examine(request: ExamineRequest): AsyncIterable<ExamineEvent> {
    const stop = new AbortController();
    this.#running.add(stop);
    const feed = new Feed<ExamineEvent>(() => stop.abort(cancelled()));
    void this.#examine(request, feed, stop.signal)
      .then(
        () => feed.end(),
        error => feed.end(Fault.of(error)),
      )
      .finally(() => this.#running.delete(stop));
    return feed;
  }

  async saveBaseline(id: string): Promise<void> {
    const { diagnosis, only } = this.#known(id);
    if (only !== undefined || diagnosis.unreachable)
      throw new Fault('usage.flag', 'Only a whole examination of a server that answers can be kept.', {
        remedy: 'Run the whole examination again, then keep it.',
      });
    await this.#baselines.keep(diagnosis);
  }

  async configurations(id: string, choice: ProxyChoice): Promise<ProxyMending[]> {
    return mendingsFor(this.#known(id).diagnosis, choice);
  }

  async export(id: string, form: ReportForm): Promise<string> {
    const { diagnosis, only } = this.#known(id);
    if (form === 'text') return toText(diagnosis, { colour: false, width: WIDTH });
    return reportIn(form, [diagnosis], {
      several: false,
      checks: checksOf({ only }),
      failOn: 'broken',
      version: this.#surroundings.version,
    });
  }

  /** Ends what runs. */
  close(): void {
    for (const stop of this.#running) stop.abort(cancelled());
  }

  async #examine(request: ExamineRequest, feed: Feed<ExamineEvent>, signal: AbortSignal): Promise<void> {
    const settings = request.target && (await this.#servers.settingsOf(request.target));
    // The headers of a server's settings are for that server.
    if (settings && URL.parse(settings.server)?.origin !== URL.parse(String(request.url))?.origin)
      throw new Fault('usage.url', 'This address is not the server’s own.', {
        remedy: 'Examine it without the settings of this server.',
      });
    const tell = (event: ExamineEvent) => feed.push(event);
    const examined = await new Examining(this.#surroundings, request, settings, tell, signal).run();
    const { only } = request;
    const diagnosis =
      only === undefined ? await this.#baselines.compare(examined.diagnosis) : examined.diagnosis;
    const id = crypto.randomUUID();
    this.#keep(id, { diagnosis, only, weight: weigh(diagnosis) });
    const { probes, sides } = examined;
    const examination = { ...diagnosis.examination, exchanges: {} };
    tell({
      kind: 'diagnosis',
      examination: id,
      diagnosis: { ...diagnosis, examination },
      probes,
      sides,
      mendings: mendingsOf(diagnosis),
    });
  }

  /** The oldest go; the last one stays however much it weighs. */
  #keep(id: string, kept: Kept): void {
    const { examinations, characters } = this.#limits;
    this.#kept.set(id, kept);
    let weight = 0;
    for (const each of this.#kept.values()) weight += each.weight;
    for (const [oldest, each] of this.#kept) {
      if (oldest === id || (this.#kept.size <= examinations && weight <= characters)) break;
      this.#kept.delete(oldest);
      weight -= each.weight;
    }
  }

  #known(id: string): Kept {
    const known = this.#kept.get(id);
    if (known) return known;
    throw new Fault('examination.gone', 'This examination is no longer kept.', { remedy: 'Run it again.' });
  }
}

function mendingsOf(diagnosis: Diagnosis): ProxyMending[] {
  try {
    return mendingsFor(diagnosis);
  } catch {
    // A path that cannot stand in a configuration as it is.
    return [];
  }
}

function cancelled(): Fault {
  return new Fault('cancelled', 'The examination was given up.');
}
