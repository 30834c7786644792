import type { Refusal } from '../bridge/channel.ts';
import type { Asking } from '../oauth/asking.ts';
import type { SignInHosts } from '../oauth/authorization-endpoint.ts';
import type { Grant } from '../oauth/grant.ts';
import type { DiscoveryReport } from '../oauth/report.ts';
import type { Link, SignInStep } from '../oauth/sign-in.ts';

/** What happens on the way to a grant, in order. Some of it holds secrets: it stays in this process. */
export type Sight =
  /** The server is asked; `span` is where that is recorded. */
  | { step: 'begun'; span: string }
  /** The server wants a token, or another one. */
  | { step: 'refused'; refusal: Refusal }
  /** The way to a grant begins; `span` is where it is recorded. */
  | { step: 'discovering'; span: string }
  | { step: 'discovered'; report: DiscoveryReport }
  | ({ step: 'asking' } & Asking)
  | SignInStep
  /** There is a grant, which is used next. */
  | { step: 'granted'; grant: Grant };

/**
 * Somebody who looks on while a sign-in happens. It goes on when what is returned has resolved, and at the latest
 * when the onlooker has left; what is past does not wait.
 */
export interface Onlooker {
  see(sight: Sight, isPast?: boolean): Promise<void> | void;
  /** Before anything is opened where the page is on another site than the issuer: resolves once that is confirmed. */
  confirm(hosts: SignInHosts): Promise<void>;
  /** Before a tab opens. */
  beforeBrowser(link: Link): Promise<void>;
}

/** Resolves when an onlooker has seen it. One that throws or rejects has seen it, too: it is not its sign-in. */
export async function look(onlooker: Onlooker | undefined, sight: Sight, isPast?: boolean): Promise<void> {
  try {
    await onlooker?.see(sight, isPast);
  } catch {
    // Whoever only looks on is no reason for a sign-in to fail.
  }
}
