import { randomBytes } from 'node:crypto';
import { Fault } from '../base/fault.ts';
import type { SecretVault } from '../base/world.ts';

/** The part of `@napi-rs/keyring` that is used. */
export interface KeyringEntry {
  getSecret(): Promise<ArrayLike<number> | null>;
  setSecret(secret: Uint8Array): Promise<void>;
  deleteCredential(): Promise<boolean>;
}
/** Opens the entry of an account; may throw, and on Linux waits up to 2 s for the secret service. */
export type OpenEntry = (account: string) => KeyringEntry;

export interface KeychainOptions {
  /** Milliseconds a call may take. One that takes longer is waiting for the user to unlock. */
  timeout?: number;
  /**
   * Milliseconds after a refused unlocking during which the user is not asked again: the prompt takes the
   * whole screen on some desktops. Twice as long after each further refusal, ten minutes at most.
   */
  pause?: number;
  /**
   * Whether an entry of this account can be read just now, found out without asking the user. Where there
   * is no such way, or nothing is kept yet, `false`.
   */
  readable?: (account: string) => Promise<boolean>;
  /**
   * Milliseconds until a call that waits for the user is given up. When the secret service dies under a
   * prompt, the library would wait for a year.
   */
  abandon?: number;
}

export interface KeychainVault extends SecretVault {
  /**
   * True while the library is in a call that has not come back, as a rule because the system is asking
   * the user to unlock. Such a call cannot be taken back, and `process.exit` waits for it.
   */
  readonly pending: boolean;
}

const TIMEOUT = 5_000;
const PAUSE = 15_000;
const LONGEST_PAUSE = 600_000;
const ABANDON = 180_000;
/** Each call given up keeps one of Node's four worker threads, which files need too. */
const MOST_ABANDONED = 2;
/** Milliseconds of waiting for a secret service that does not answer; then it is left alone for a while. */
const SLOW = 1_000;
const SLOW_PAUSE = 30_000;

/**
 * The system's keychain: Secret Service on Linux, Keychain on macOS, Credential Manager on Windows.
 * Throws `vault.locked` (nothing is known, ask again) and `vault.unavailable`.
 *
 * One call at a time, however many ask: each would put up a prompt of its own and hold one of Node's few
 * worker threads for as long as the prompt stands.
 */
export function keychainVault(
  installation: string,
  load: () => Promise<OpenEntry>,
  { timeout = TIMEOUT, pause = PAUSE, abandon = ABANDON, readable }: KeychainOptions = {},
): KeychainVault {
  let inFlight = 0;
  let abandoned = 0;
  /** The call that has taken longer than `timeout`, and since when it runs. */
  let overdue: { since: number } | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let resting: { fault: Fault; until: number } | undefined;
  /** Unlockings refused in a row. */
  let refusals = 0;
  let looking: Promise<boolean> | undefined;

  const rest = (fault: Fault, milliseconds: number) => {
    resting = { fault, until: performance.now() + milliseconds };
    return fault;
  };
  const refused = (fault: Fault) => {
    if (fault.code !== 'vault.locked') return fault;
    return rest(fault, Math.min(pause * 2 ** refusals++, LONGEST_PAUSE));
  };

  /** Whether the user has unlocked the keychain meanwhile, by other means than our prompt. */
  const unlocked = async (account: string): Promise<boolean> => {
    if (resting?.fault.code !== 'vault.locked' || !readable) return false;
    looking ??= readable(account)
      .catch(() => false)
      .finally(() => {
        looking = undefined;
      });
    return Promise.race([looking, new Promise<false>(resolve => setTimeout(resolve, SLOW, false))]);
  };

  const openEntry = async (name: string): Promise<KeyringEntry> => {
    const open = await load().catch(error => {
      throw unavailable('The keychain library cannot be loaded', error);
    });
    const start = performance.now();
    try {
      return open(`${name}@${installation}`);
    } catch (error) {
      const fault = unavailable('No keychain answers here', error);
      throw performance.now() - start > SLOW ? rest(fault, SLOW_PAUSE) : fault;
    }
  };

  /** Runs one call of the library, unless one is still waiting for the user. */
  const call = async <T>(name: string, work: (entry: KeyringEntry) => Promise<T>): Promise<T> => {
    if (overdue) {
      // It goes on by itself: once the user has answered, the next call gets through.
      const lost = performance.now() - overdue.since > abandon && abandoned < MOST_ABANDONED;
      if (!lost) throw locked('is waiting for you to unlock it');
      abandoned++;
      overdue = undefined;
    }
    if (resting && performance.now() < resting.until && !(await unlocked(`${name}@${installation}`))) {
      throw resting.fault;
    }
    const entry = await openEntry(name);
    const started = { since: performance.now() };
    const working = work(entry);
    const ended = () => {
      inFlight--;
      if (overdue === started) overdue = undefined;
    };
    inFlight++;
    void working.then(ended, error => {
      if (overdue === started) refused(translate(error));
      ended();
    });
    const late = Symbol();
    let timer: NodeJS.Timeout | undefined;
    const alarm = new Promise<typeof late>(resolve => {
      timer = setTimeout(() => resolve(late), timeout);
    });
    try {
      const answer = await Promise.race([working, alarm]);
      if (answer !== late) return answer as T;
    } catch (error) {
      throw refused(translate(error));
    } finally {
      clearTimeout(timer);
    }
    // Every call over D-Bus ends within 2 s by itself; only a prompt lasts longer.
    overdue = started;
    throw locked('is waiting for you to unlock it');
  };

  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = queue.then(work);
    queue = turn.catch(() => {});
    return turn;
  };

  const read = async (name: string) => {
    const found = await call(name, entry => entry.getSecret());
    if (!found) return undefined;
    refusals = 0;
    resting = undefined;
    return decode(found);
  };
  const write = async (name: string, secret: Uint8Array) => {
    await call(name, entry => entry.setSecret(encode(secret)));
    const kept = await read(name);
    if (!kept || Buffer.compare(kept, secret) !== 0) {
      throw unavailable('The keychain did not give back what was put into it');
    }
  };
  const remove = (name: string) => call(name, entry => entry.deleteCredential());
  // Some keychains show nothing at all while they are locked, and the library then answers "not there".
  // Only one that takes a secret and gives it back is believed when it says so.
  const proveOpen = async () => {
    const name = `probe-${randomBytes(6).toString('hex')}`;
    await write(name, Buffer.from('probe'));
    await remove(name);
  };

  return {
    kind: 'keychain',
    get pending() {
      return inFlight > 0;
    },
    get: name =>
      inTurn(async () => {
        const found = await read(name);
        if (found) return found;
        await proveOpen();
        return read(name);
      }),
    set: (name, secret) => inTurn(() => write(name, secret.slice())),
    delete: name =>
      inTurn(async () => {
        if (await remove(name)) return;
        await proveOpen();
        await remove(name);
      }),
  };
}

/** Text, since KWallet and the Credential Manager's own window are not at ease with other bytes. */
function encode(secret: Uint8Array): Uint8Array {
  return Buffer.from(Buffer.from(secret).toString('base64url'));
}

function decode(stored: ArrayLike<number>): Uint8Array {
  const text = Buffer.from(Uint8Array.from(stored)).toString('latin1');
  return Uint8Array.from(Buffer.from(text, 'base64url'));
}

/**
 * The library tells its errors apart only in words (2.1): the unlocking was dismissed, a locked object,
 * or on macOS a keychain that may not ask or was refused. Anything else is a keychain that is not usable.
 */
function translate(error: unknown): Fault {
  const text = error instanceof Error ? error.message : String(error);
  if (/prompt (was )?dismissed|\blocked\b|IsLocked/i.test(text)) return locked('was not unlocked', error);
  if (/interaction is not allowed|user canceled|passphrase you entered/i.test(text)) {
    return locked('was not unlocked', error);
  }
  if (/no result found/i.test(text)) return unavailable('The keychain has no default keyring', error);
  return unavailable('The keychain does not work', error);
}

function locked(what: string, cause?: unknown): Fault {
  return new Fault('vault.locked', `Your keychain is locked and ${what}; your sign-ins are kept in it.`, {
    remedy: 'Unlock it, then try again.',
    cause,
  });
}

function unavailable(what: string, cause?: unknown): Fault {
  const said = cause instanceof Error ? cause.message : undefined;
  return new Fault('vault.unavailable', `${what}.`, {
    remedy: 'Set KEYBRIDGE_VAULT=file to keep sign-ins without it.',
    cause,
    ...(said === undefined ? {} : { evidence: [said.slice(0, 300)] }),
  });
}
