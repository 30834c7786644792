import { quoted } from '../../../base/text.ts';
import type { Check } from '../../check.ts';
import { isUndiscoverable } from '../../doors.ts';
import { rfc, thread } from '../../references.ts';

/** Parameters in which servers name their authorization server without being understood. */
const HINTS = ['authorization_uri', 'as_uri', 'auth_server', 'authorization_server', 'issuer', 'realm'];

export const check: Check = {
  code: 'ASM-27',
  name: 'manual-as-needed',
  severity: 'note',
  references: [rfc(9728, '5.1'), thread('anomalyco/opencode', 49126), thread('BuilderIO/agent-native', 5268)],
  follows: ['ASM-22'],
  *find(view) {
    if (!isUndiscoverable(view)) return;
    for (const { id, bearer } of view.refusals) {
      const name = HINTS.find(each => {
        const url = URL.parse(bearer?.params[each] ?? '');
        // A realm is often just the server's own address.
        return url?.protocol === 'https:' && url.host !== view.target.host;
      });
      if (!bearer || name === undefined) continue;
      yield {
        title: `The challenge names ${quoted(bearer.params[name] ?? '')} in its own way (${name}), which clients do not read.`,
        detail:
          'Only somebody who enters the authorization server by hand gets in, and many clients have no field for it.',
        remedy: 'Publish resource metadata that names this authorization server.',
        evidence: [id],
      };
      return;
    }
  },
};
