import type { Fault, FaultCode } from '../base/fault.ts';
import type { Asker } from './asker.ts';

/** What keeps somebody from a server and has another place to be said, or is nobody's fault. */
const SAID_ELSEWHERE: ReadonlySet<FaultCode> = new Set([
  'cancelled',
  'sign-in.cancelled',
  'sign-in.needed',
  'token.unavailable',
  'vault.locked',
  'vault.unavailable',
]);

/** Whether the server of one account could be used when somebody tried last. */
export class LastUse {
  #trouble: { fault: Fault; by: Asker } | undefined;

  /** What kept it from being used, as far as that has no other place to be said. */
  get fault(): Fault | undefined {
    return this.#trouble?.fault;
  }

  /** `null`: it went well. */
  tried(by: Asker, fault: Fault | null): void {
    this.#trouble = fault && !SAID_ELSEWHERE.has(fault.code) ? { fault, by } : undefined;
  }

  /** Whoever tried is gone: what was in its way says little of what another would meet. */
  left(by: Asker): void {
    if (this.#trouble?.by === by) this.#trouble = undefined;
  }

  /** Something has changed: nothing is known of the next try. */
  clear(): void {
    this.#trouble = undefined;
  }
}
