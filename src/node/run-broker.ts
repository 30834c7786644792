import { setTimeout as sleep } from 'node:timers/promises';
import { Fault } from '../base/fault.ts';
import type { SecretVault, World } from '../base/world.ts';
import { Broker } from '../broker/broker.ts';
import { recordProgram } from './desktop.ts';
import { guardedFiles } from './files.ts';
import {
  askHandOver,
  HAND_OVER_DRAIN,
  handOver,
  type Leaving,
  type Predecessor,
  type Successor,
} from './hand-over.ts';
import { secureFolder } from './home.ts';
import { type Identity, outranks } from './identity.ts';
import { writtenBroker } from './pid-file.ts';
import { type BrokerSocket, type SocketOwner, serveSocket } from './socket.ts';
import { holdStart } from './start-broker.ts';
import { printError } from './terminal.ts';
import { logTrace } from './trace-log.ts';
import { chosenVault } from './vault-choice.ts';
import { VaultInUse } from './vault-in-use.ts';
import { WindowRoom } from './window-room.ts';
import { controlLine } from './wire.ts';
import { nodeWorld } from './world.ts';

/** Milliseconds that calls under way have for their answers when the broker is to end. */
const DRAIN = 5_000;
/** Milliseconds the broker has to end in good order after that; its lock is believed for longer. */
const LAST_WORDS = 8_000;
/** The file of the kept sign-ins. */
const KEPT = new Set(['grants.sealed', 'rotations.sealed']);
/** Milliseconds between two questions of the desktop app whether a broker that is busy hands over now. */
const BUSY_PAUSE = 1_000;
/** Milliseconds a broker has to make its socket anew that runs without one, and between two looks. */
const HIDDEN = 8_000;
const PAUSE = 100;

type ClosableWorld = World & { close(): Promise<void> };

/** The process a broker lives in. */
export interface BrokerHost {
  identity: Identity;
  /** The state folder. */
  folder: string;
  /** The desktop app's own program, an absolute path: bridges start it from then on where no broker runs. */
  program?: string;
  /** Milliseconds without anybody connected after which the broker ends by itself; absent: never. */
  idle?: number;
  world?: (folder: string, vault: SecretVault) => ClosableWorld;
  /**
   * The broker is over, and everything is written: it was stopped, was idle, or another has taken its place.
   * With a fault where it could not end in good order.
   */
  ended(fault?: Fault): void;
}

export interface RunningBroker {
  readonly broker: Broker;
  /** Where windows look in; one of this process too. */
  readonly window: WindowRoom;
  /** Says goodbye and ends, once calls under way have their answers; thirteen seconds at most. */
  end(): Promise<void>;
}

/**
 * Makes this process the broker of a state folder: headless, or in the desktop app. One that runs already and
 * is outranked hands over first. `undefined` when one runs that is not. Throws `broker.busy` when it does not
 * hand over now, for which the desktop app waits, and what the vault and the folder throw.
 */
export async function runBroker(host: BrokerHost): Promise<RunningBroker | undefined> {
  const { identity, folder } = host;
  secureFolder(folder);
  let before = await findPredecessor(host);
  if (before === 'stays') return undefined;
  const chosen = chosenVault(folder, process.env) ?? before?.vault;
  const vault = new VaultInUse(folder, chosen);
  const outer = (host.world ?? nodeWorld)(folder, vault.vault);
  const world: ClosableWorld = {
    ...outer,
    files: guardedFiles(outer.files, name => residence.unwritable(name)),
  };
  await vault.begun();
  const residence: Residence = new Residence(host, world, vault);
  for (const begun = Date.now(); !(await residence.settle(before).catch(waiting(host))); ) {
    before = await findPredecessor(host);
    if (before !== 'stays') {
      // One that runs makes its socket anew, and is found then.
      if (before === undefined && Date.now() - begun > HIDDEN) throw hidden(folder);
      if (before === undefined) await sleep(PAUSE);
      continue;
    }
    await world.close();
    return undefined;
  }
  if (host.program !== undefined) recordProgram(folder, host.program, identity.version);
  return residence;
}

function hidden(folder: string): Fault {
  const { pid } = writtenBroker(folder) ?? {};
  return new Fault(
    'broker.unreachable',
    'Keybridge runs already, and cannot be reached: its socket is gone.',
    {
      remedy: pid === undefined ? 'Try again.' : `End process ${pid}, and try again.`,
    },
  );
}

async function findPredecessor(host: BrokerHost): Promise<Predecessor | 'stays' | undefined> {
  for (;;) {
    const found = await askHandOver(host.folder, host.identity).catch(waiting(host));
    if (found !== false) return found;
  }
}

/** The desktop app waits for a broker that is busy; its window can do without for as long. */
function waiting({ identity }: BrokerHost): (error: unknown) => Promise<false> {
  return async error => {
    if (identity.kind !== 'desktop' || Fault.of(error).code !== 'broker.busy') throw error;
    await sleep(BUSY_PAUSE);
    return false;
  };
}

/** A broker in its place: how it comes, stays and goes. */
class Residence implements RunningBroker, Leaving {
  readonly broker: Broker;
  readonly window: WindowRoom;
  readonly #vault: VaultInUse;
  readonly #host: BrokerHost;
  readonly #world: ClosableWorld;
  #socket: BrokerSocket | undefined;
  #stopLog = () => {};
  #idle: ReturnType<typeof setTimeout> | undefined;
  #ending: Promise<void> | undefined;
  /** Another is about to take this place. */
  #handing = false;
  /** How the place was lost, if it was. */
  #left: 'taken' | 'gone' | undefined;

  constructor(host: BrokerHost, world: ClosableWorld, vault: VaultInUse) {
    this.#host = host;
    this.#world = world;
    this.#vault = vault;
    const dial: World['dial'] = async request => {
      await this.window.readyFor(request.url);
      return world.dial(request);
    };
    const inside = { ...world, dial };
    this.broker = new Broker(inside, {
      version: host.identity.version,
      pid: process.pid,
      home: host.folder,
      memory: () => process.memoryUsage.rss(),
      vaultNote: () => vault.note,
      window: (environment, use) => this.window.address(environment, use),
      listed: () => this.window.listed(),
      stop: () => this.end(),
    });
    const { kind } = host.identity;
    this.window = new WindowRoom(host.folder, this.broker, inside, vault, kind, () => this.#watch());
  }

  get vault(): 'memory' | undefined {
    return this.#vault.forgetful;
  }

  /** Takes the place, from the one before where there is one. False: somebody else was faster. */
  async settle(before: Predecessor | undefined): Promise<boolean> {
    const { folder, identity } = this.#host;
    const contents = await before?.finish();
    if (contents !== undefined) await this.broker.adopt(contents);
    let letStart = () => {};
    const vacate = async () => {
      if (!before) return;
      // The bridges it has just left would start another.
      letStart = holdStart(folder);
      await before.release();
    };
    const owner: SocketOwner = {
      changed: () => this.#watch(),
      handOver: to => this.#handOver(to),
      lost: why => void this.#lost(why),
    };
    try {
      this.#socket = await serveSocket(folder, this.broker, identity, owner, vacate);
    } finally {
      letStart();
    }
    if (!this.#socket) return false;
    before?.serving();
    this.#log();
    this.#watch();
    // A window that cannot be served is opened anew; whoever opens it is told why.
    void this.window.welcomeBack().catch(() => {});
    return true;
  }

  end(): Promise<void> {
    this.#ending ??= this.#end();
    return this.#ending;
  }

  async #end(): Promise<void> {
    // Whatever hangs, a process that nobody can reach any more must not stay.
    const late = sleep(DRAIN + LAST_WORDS).then(() => {
      throw new Fault('internal', 'Keybridge did not end in good order.');
    });
    await this.#over(Promise.race([late, this.#takeLeave()]));
  }

  async #takeLeave(): Promise<void> {
    const drained = this.#socket?.drain(DRAIN);
    // Who waits for a person need not be waited for.
    this.broker.endSignIns();
    await this.window.close({ expected: this.#left === undefined });
    await drained;
    const release = await this.#socket?.close();
    await this.broker.close();
    this.#stopLog();
    await this.#world.close();
    release?.();
  }

  /**
   * Another has the place, or the folder is gone: what only one may do is left to whoever comes next, at once; what
   * hosts have under way still gets its answers. What is kept stays as it is on disk.
   */
  async #lost(why: 'taken' | 'gone'): Promise<void> {
    const what = why === 'gone' ? 'The state folder is gone' : 'Another Keybridge has taken this one’s place';
    const fault = new Fault('broker.lost', `${what}; this one ends.`, { remedy: 'Try again.' });
    printError(`${fault.message}\n`);
    this.#left = why;
    await this.broker.cease(fault).catch(() => {});
    await this.end();
  }

  /** Why a file must not be written: the folder at that path is not the one this broker has lived in. */
  unwritable(name: string): Fault | undefined {
    const holding = this.#left ?? this.#socket?.look();
    // What is kept of sign-ins is brought together with what another has kept there.
    const isLost = holding === 'gone' || (holding === 'taken' && !KEPT.has(name));
    if (!isLost) return undefined;
    return new Fault('store.unwritable', 'The state folder is no longer this process’s own.', {
      remedy: 'Try again.',
    });
  }

  async #over(work: Promise<void>): Promise<void> {
    clearTimeout(this.#idle);
    const fault = await work.then(
      () => undefined,
      error => Fault.of(error),
    );
    this.#host.ended(fault);
  }

  #log(): void {
    this.#stopLog = logTrace(this.broker.recorded, this.#host.folder, () => this.window.log);
  }

  /** Ends by itself once nobody has been connected for long enough. */
  #watch(): void {
    const { idle } = this.#host;
    clearTimeout(this.#idle);
    if (idle === undefined || this.#ending || !this.#isDeserted()) return;
    this.#idle = setTimeout(async () => {
      const may = await this.broker.mayEnd();
      if (may && this.#isDeserted()) await this.end();
      else this.#watch();
    }, idle);
  }

  #isDeserted(): boolean {
    return this.#socket?.connections === 0 && this.window.windows === 0;
  }

  async #handOver(to: Successor): Promise<void> {
    if (this.#handing || this.#ending) {
      to.socket.end(controlLine({ goodbye: true }));
      return;
    }
    this.#handing = true;
    try {
      await handOver(to, this);
    } finally {
      this.#handing = false;
    }
  }

  refusal({ identity: other }: Successor): Fault | undefined {
    const { identity } = this.#host;
    if (!outranks(other, identity)) {
      return new Fault('broker.version', `The Keybridge that runs is ${identity.version}, and stays.`);
    }
    if (other.wire !== identity.wire || !this.broker.signingIn) return undefined;
    return new Fault('broker.busy', 'Somebody is signing in, which another Keybridge could not finish.', {
      remedy: 'Complete the sign-in, then try again.',
    });
  }

  async finish({ identity, socket }: Successor): Promise<string | undefined> {
    const drained = this.#socket?.drain(HAND_OVER_DRAIN);
    // Its bridges do not understand ours, so nobody would come back for what the sign-in brings.
    if (identity.wire !== this.#host.identity.wire) this.broker.endSignIns();
    await drained;
    await this.#socket?.dismiss('handover', socket);
    return this.broker.rest();
  }

  async release(): Promise<void> {
    await this.window.close();
    await this.broker.close();
    this.#stopLog();
    this.#socket?.leave();
  }

  async stay(released: boolean): Promise<void> {
    if (this.#ending) return;
    if (released) {
      if (!(await this.#socket?.comeBack())) return this.leave();
      this.#log();
      void this.window.welcomeBack().catch(() => {});
    }
    this.#socket?.welcome();
  }

  leave(): Promise<void> {
    this.#ending ??= this.#over(this.#world.close());
    return this.#ending;
  }
}
