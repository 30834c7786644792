import { asString, asStrings } from '../../../base/json.ts';
import { quoted as quote } from '../../../base/text.ts';
import { splitScope } from '../../../oauth/scope.ts';
import type { Check, Severity } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import { quoted, refusedBecauseOf, trialsOf } from '../../trials.ts';

export const check: Check = {
  code: 'REG-05',
  name: 'scope-refused',
  severity: 'broken',
  references: [rfc(7591, '2'), thread('punkpeye/mcp-remote', 204)],
  *find(view) {
    for (const trial of refusedBecauseOf(trialsOf(view), 'scope')) {
      const scope = splitScope(asString(trial.asked.scope) ?? '');
      const own = asStrings(view.serverDocuments(trial.issuer)[0]?.json?.scopes_supported);
      const ofResource = asStrings(view.resourceDocuments[0]?.json?.scopes_supported) ?? [];
      const isListed = scope.every(each => own?.includes(each) || ofResource.includes(each));
      // Who lists its scopes has said that there are no others.
      const severity: Severity = isListed ? 'broken' : own ? 'note' : 'fragile';
      yield {
        title: `${trial.issuer} refuses to register a client for the scopes ${quote(scope.join(' '))}.`,
        detail: isListed
          ? `The metadata lists them, so clients ask for them.${quoted(trial.said)}`
          : `Some clients, mcp-remote among them, ask for these without having been told to, and cannot register. The same registration without a scope is taken.${quoted(trial.said)}`,
        remedy:
          'At registration leave out scopes that are not supported instead of refusing the client; the answer says what it got. Clients: name no scope at registration.',
        evidence: [trial.answer.id],
        severity,
      };
    }
  },
};
