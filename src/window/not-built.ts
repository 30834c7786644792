import { Fault } from '../base/fault.ts';

/** What the window cannot do yet. */
export function notBuilt(): Promise<never> {
  return Promise.reject(new Fault('usage.not-built', 'The window cannot do this yet.'));
}
