import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';
import type { Answer } from '../../view.ts';

const KEPT = 'resource_metadata';

/** The questions compared, as they are called in a report. */
const ASKED: Readonly<Record<string, string>> = {
  get: 'GET',
  'post-empty': 'POST {}',
  'post-initialize': 'POST initialize',
  'post-modern': 'the POST of 2026-07-28',
};

function names(answer: Answer): string[] {
  return Object.keys(answer.bearer?.params ?? {});
}

export const check: Check = {
  code: 'CHL-06',
  name: 'params-stripped',
  severity: 'fragile',
  references: [rfc(6750, '3'), thread('punkpeye/mcp-proxy', 44)],
  *find(view) {
    // One answer cannot tell what it has lost. Two to the same unauthenticated client can.
    const refused = view
      .answers('get', 'post-empty', 'post-initialize', 'post-modern')
      .filter(({ status, bearer }) => status === 401 && bearer?.params[KEPT] !== undefined);
    const bare = refused.find(each => names(each).length === 1);
    const full = refused.find(
      each =>
        each.bearer?.params[KEPT] === bare?.bearer?.params[KEPT] &&
        names(each).some(name => name === 'realm' || name === 'scope'),
    );
    if (!bare || !full) return;
    const lost = names(full).filter(name => name !== KEPT);
    yield {
      title: `Some challenges of this server have lost ${lost.join(', ')} and keep only ${KEPT}.`,
      detail: `To ${ASKED[bare.probe.kind]} it sends less than to ${ASKED[full.probe.kind]}. Either a proxy writes the field anew, or two parts of the server answer. Clients that take the scopes from the challenge ask for the wrong ones.`,
      remedy: 'Have the proxy pass WWW-Authenticate on as it is; where that is mcp-proxy, upgrade it.',
      evidence: [bare.id, full.id],
    };
  },
};
