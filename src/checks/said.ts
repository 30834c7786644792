import { plain, quoted as quote } from '../base/text.ts';
import type { Check, Sighting } from './check.ts';
import { type Complaint, complaints } from './flow.ts';
import type { View } from './view.ts';

/** What Entra ID calls its errors. */
export const ENTRA_ERRORS = {
  title: 'Microsoft Entra ID, error codes',
  url: 'https://learn.microsoft.com/entra/identity-platform/reference-error-codes',
};

/** A rule that knows a failure by what somebody said on the way. */
export interface Said extends Omit<Check, 'find'> {
  pattern: RegExp;
  /** Only there. */
  where?: readonly Complaint['where'][];
  say(complaint: Complaint, view: View): Omit<Sighting, 'evidence'> | undefined;
}

/** A rule over complaints; it speaks of the first that fits. */
export function saidCheck({ pattern, where, say, ...rule }: Said): Check {
  return {
    ...rule,
    *find(view) {
      for (const complaint of complaints(view)) {
        if (where && !where.includes(complaint.where)) continue;
        if (!pattern.test(`${complaint.error} ${complaint.text}`)) continue;
        const sighting = say(complaint, view);
        if (!sighting) continue;
        yield { ...sighting, evidence: complaint.evidence };
        return;
      }
    },
  };
}

/** What was said, short enough for a sentence. */
export function words({ text }: Complaint): string {
  return plain(text) === '' ? '' : ` It was said: ${quote(text)}`;
}

/** An authorization server that does not know the client, in the words of several. */
export const UNKNOWN_CLIENT =
  /\binvalid_client\b|unauthorized_client|\b(?:unknown|unrecogni[sz]ed|unregistered|invalid|no such)\W{0,3}(?:oauth )?client(?:[_ ]?id)?\b|\bclient(?:[_ ]?id)?\b.{0,40}\b(?:not found|unknown|not registered|not recogni[sz]ed|does not exist|is invalid|invalid)\b|AADSTS700016\b/i;
