import type { Fault } from '../base/fault.ts';

/** Whether a server may be asked. */
export interface Guard {
  /** Why it may not. */
  readonly refusal: Fault | undefined;
  /** Aborted, with the reason, when it may no longer be; another one from when it may again. */
  readonly signal: AbortSignal;
}
