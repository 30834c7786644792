import type { Status } from '../api/contract.ts';
import type {
  Change,
  ExamineEvent,
  ExamineRequest,
  FlowEvent,
  LabEntry,
  LabServer,
  PastedServer,
  Preferences,
  ProxyChoice,
  ProxyMending,
  ReportForm,
  ServerChange,
  Snapshot,
  TraceBatch,
  WindowApi,
} from '../api/window.ts';
import type { Target } from '../broker/settings.ts';
import type { Exchange, ExchangeId, TraceEvent } from '../trace/event.ts';
import type { TraceForm } from '../trace/save.ts';
import { Examinations } from './examinations.ts';
import { Flows } from './flows.ts';
import { Labs } from './labs.ts';
import { mapped } from './mapped.ts';
import type { PreferencesFile } from './preferences-file.ts';
import { ServerList } from './server-list.ts';
import type { Surroundings } from './surroundings.ts';
import { TraceRoom } from './trace-room.ts';
import { VaultRoom } from './vault-room.ts';
import { Watching } from './watching.ts';

/** Where a window finds everything: each method is one of its parts'. It outlives every window. */
export class Desk implements WindowApi {
  readonly #surroundings: Surroundings;
  readonly #preferences: PreferencesFile;
  readonly #servers: ServerList;
  readonly #flows: Flows;
  readonly #examinations: Examinations;
  readonly #trace: TraceRoom;
  readonly #labs: Labs;
  readonly #vault: VaultRoom;
  readonly #watching: Watching;

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
    const changed = () => this.#watching.changed();
    this.#preferences = surroundings.preferences;
    this.#preferences.subscribe(changed);
    this.#servers = new ServerList(surroundings, changed);
    this.#flows = new Flows(surroundings, this.#servers);
    this.#examinations = new Examinations(surroundings, this.#servers);
    this.#trace = new TraceRoom(surroundings);
    this.#labs = new Labs(surroundings, changed, urls => this.#servers.drop(urls));
    this.#vault = new VaultRoom(surroundings, changed);
    this.#watching = new Watching(surroundings, {
      servers: this.#servers,
      preferences: this.#preferences,
      labs: this.#labs,
      vault: this.#vault,
    });
  }

  /** Ends what runs for windows: examinations, flows, lab servers. */
  async close(): Promise<void> {
    this.#examinations.close();
    this.#flows.close();
    await this.#labs.close();
  }

  async status(): Promise<Status> {
    const status = await this.#surroundings.broker.status();
    return { ...status, servers: status.servers.map(each => this.#servers.shown(each)) };
  }

  deliver(callbackUrl: string): Promise<void> {
    return this.#surroundings.broker.deliver(callbackUrl);
  }

  stop(): Promise<void> {
    return this.#surroundings.broker.stop();
  }

  watch(): AsyncIterable<Snapshot | Change> {
    return this.#watching.watch();
  }

  readPasted(text: string, profile?: string): Promise<PastedServer[]> {
    return this.#servers.readPasted(text, profile);
  }

  addServers(text: string, profile?: string): Promise<Target[]> {
    return this.#servers.add(text, profile);
  }

  changeServer(target: Target, change: ServerChange): Promise<void> {
    return this.#servers.change(target, change);
  }

  removeServer(target: Target): Promise<void> {
    return this.#servers.remove(target);
  }

  signOut(target: Target): Promise<boolean> {
    return this.#servers.signOut(target);
  }

  forgetServer(target: Target): Promise<void> {
    return this.#servers.forget(target);
  }

  hostEntry(target: Target): Promise<string> {
    return this.#servers.hostEntry(target);
  }

  signIn(target: Target, how: 'at-once' | 'step-by-step'): AsyncIterable<FlowEvent> {
    return mapped(this.#flows.signIn(target, how), event =>
      event.kind === 'signed-in' ? { ...event, server: this.#servers.shown(event.server) } : event,
    );
  }

  goOn(flow: string): Promise<void> {
    return this.#flows.goOn(flow);
  }

  examine(request: ExamineRequest): AsyncIterable<ExamineEvent> {
    return this.#examinations.examine({ ...request, url: this.#servers.meant(request.url) });
  }

  saveBaseline(examination: string): Promise<void> {
    return this.#examinations.saveBaseline(examination);
  }

  proxyConfigurations(examination: string, choice: ProxyChoice): Promise<ProxyMending[]> {
    return this.#examinations.configurations(examination, choice);
  }

  exportExamination(examination: string, form: ReportForm): Promise<string> {
    return this.#examinations.export(examination, form);
  }

  events(): AsyncIterable<TraceBatch> {
    return this.#trace.events();
  }

  event(seq: number): Promise<TraceEvent | undefined> {
    return this.#trace.event(seq);
  }

  exchange(id: ExchangeId): Promise<Exchange | undefined> {
    return this.#trace.exchange(id);
  }

  search(text: string): Promise<number[]> {
    return this.#trace.search(text);
  }

  exportTrace(form: TraceForm, seqs?: readonly number[]): AsyncIterable<string> {
    return this.#trace.export(form, seqs);
  }

  curl(id: ExchangeId): Promise<string> {
    return this.#trace.curl(id);
  }

  labCatalogue(): Promise<LabEntry[]> {
    return this.#labs.catalogue();
  }

  startLab(name: string): Promise<LabServer> {
    return this.#labs.start(name);
  }

  stopLab(id: string): Promise<void> {
    return this.#labs.stop(id);
  }

  changePreferences(change: Partial<Preferences>): Promise<void> {
    return this.#preferences.change(change);
  }

  async chooseCallbackPort(port: number): Promise<void> {
    await this.#surroundings.broker.chooseCallbackPort(port);
    this.#watching.changed();
  }

  chooseVault(kind: 'keychain' | 'file'): Promise<void> {
    return this.#servers.moveSecrets(also => this.#vault.choose(kind, also));
  }

  unlockVault(): Promise<void> {
    return this.#vault.unlock();
  }
}
