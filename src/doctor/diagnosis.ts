import { shownUrl } from '../base/text.ts';
import type { Finding, Severity } from '../checks/check.ts';
import type { Examination } from '../checks/examination.ts';
import { isUnanswered } from '../checks/gate.ts';
import { View } from '../checks/view.ts';
import type { Since } from './baseline.ts';
import type { ClientWalk } from './walk.ts';

/** What the doctor says of one target: the findings and the examination they rest on. */
export interface Diagnosis {
  schema: 1;
  /** Version of Keybridge. */
  version: string;
  target: string;
  /** True when the target itself could not be reached at all. */
  unreachable: boolean;
  findings: readonly Finding[];
  /** Who will notice: each known client's way over the answers; none for an issuer. */
  clients: readonly ClientWalk[];
  /** What nobody looked at, and how to look: a sentence. Absent where all of it was, and for a part. */
  unseen?: string;
  /** With a baseline that knows the target: what has changed since. */
  since?: Since;
  examination: Examination;
}

const ORDER: readonly Severity[] = ['note', 'fragile', 'unsafe', 'broken'];

/** Whether a severity is a threshold or worse. */
export function isAtLeast(severity: Severity, threshold: Severity): boolean {
  return ORDER.indexOf(severity) >= ORDER.indexOf(threshold);
}

/**
 * Whether a finding counts as a failure: at the threshold or worse, or, however few clients it is about, one that
 * stops a client which was walked.
 */
export function isFailing(
  { severity, stops = [] }: Pick<Finding, 'severity' | 'stops'>,
  threshold: Severity,
): boolean {
  return isAtLeast(severity, threshold) || stops.length > 0;
}

/**
 * What an examination says nothing of, since nobody signed in; `undefined` where somebody did, where nothing could
 * be reached, and for an issuer or a recorded trace.
 */
export function unseenIn(examination: Examination): string | undefined {
  const view = new View(examination);
  const { kind, flow, probes, target } = examination;
  const isTried = flow !== undefined || view.answer('call-initialize') !== undefined;
  if (kind !== 'server' || isTried || probes.length === 0 || isUnanswered(view)) return undefined;
  const how = `keybridge doctor ${shownUrl(target)} --login`;
  return view.isOpen && !view.refusal
    ? `No call beyond initialize was made. To make the first ones: ${how}`
    : `Nothing after this was looked at: not the sign-in, and no call with a token. To look: ${how}`;
}

/** Whether no request to the target's own host was answered. */
export function isUnreachable(examination: Examination): boolean {
  return isUnanswered(new View(examination));
}
