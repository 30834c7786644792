import { asStrings } from '../../../base/json.ts';
import { quoted } from '../../../base/text.ts';
import { challengedScope } from '../../../oauth/challenge.ts';
import { presetFor } from '../../../oauth/presets.ts';
import type { Check } from '../../check.ts';
import { idsOf, published } from '../../doors.ts';
import { AUTHORIZATION, thread } from '../../references.ts';
import type { View } from '../../view.ts';

/** From here on a list is broad. */
const MANY = 6;

export const check: Check = {
  code: 'ASM-20',
  name: 'broad-or-empty-scopes',
  severity: 'fragile',
  references: [
    AUTHORIZATION,
    thread('openchoreo/openchoreo', 3217),
    thread('google-gemini/gemini-cli', 21210),
    thread('punkpeye/mcp-remote', 240),
  ],
  follows: ['PRM-20'],
  *find(view) {
    // Where the server says what to ask for, nobody needs the list.
    if (view.examination.kind === 'issuer' || view.resourceDocuments.length === 0 || namesScopes(view))
      return;
    for (const { issuer, door, document } of published(view)) {
      const scopes = asStrings(document.scopes_supported);
      const isCognito = presetFor(issuer)?.name === 'cognito';
      if (!scopes || (scopes.length > 0 && scopes.length < MANY && !isCognito)) continue;
      yield {
        title:
          scopes.length === 0
            ? `Nobody says what scopes to ask for, and the list of ${issuer} is empty.`
            : `Nobody says what scopes to ask for but ${issuer}, which lists everything it has: ${quoted(scopes.slice(0, 8).join(' '))}${scopes.length > 8 ? ' …' : ''}.`,
        detail:
          scopes.length === 0
            ? 'Some clients then ask for "openid email profile" of their own accord and get invalid_scope.'
            : `Some clients ask for the whole list${isCognito ? ', of which Amazon Cognito refuses what the app client is not allowed, such as phone' : ''}, and get invalid_scope or far more than they need. The specification has them take the challenge’s scope, then the resource metadata’s.`,
        remedy:
          'Name the scopes this server needs in scope= of the challenge, or in scopes_supported of the resource metadata.',
        evidence: [...view.resourceDocuments.map(({ id }) => id), ...idsOf(door)],
        ...(scopes.length === 0 || isCognito ? {} : { severity: 'note' as const }),
      };
    }
  },
};

function namesScopes(view: View): boolean {
  return (
    view.refusals.some(({ challenges }) => challengedScope(challenges) !== undefined) ||
    view.resourceDocuments.some(({ json }) => (asStrings(json?.scopes_supported)?.length ?? 0) > 0)
  );
}
