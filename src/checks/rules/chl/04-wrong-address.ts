import { shownUrl } from '../../../base/text.ts';
import { checkUrl, quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { isInternalHost } from '../../internal-host.ts';
import { BEHIND_TLS, tellPublicUrl } from '../../proxies.ts';
import { rfc, thread } from '../../references.ts';
import { canonical } from '../../resource.ts';
import type { View } from '../../view.ts';

/** RFC 9110 §5.6.4. */
const QUOTES = 'Put the value into double quotes: resource_metadata="https://…".';
/** RFC 9728 §5.1. */
const ABSOLUTE =
  'Write the whole address, absolute, with its scheme and host: resource_metadata="https://…/.well-known/oauth-protected-resource/…".';

interface Wrong {
  text: string;
  isProxied: boolean;
  /** What to do where it is the value itself that is wrong, and no proxy. */
  how?: string;
}

/** What is wrong with the address, as the end of a sentence, and whether a proxy may be behind it. */
function fault(named: string, view: View): Wrong | undefined {
  const { target } = view;
  const checked = checkUrl(named, { allowHttp: true });
  const says = (what: string, isProxied: boolean) => ({ text: `${what}: ${quoteUrl(named)}`, isProxied });
  if (/^\s*'/.test(named))
    return { ...says('is in single quotes, which belong to the value', false), how: QUOTES };
  if (!checked.ok && !/^[a-z][a-z\d+.-]*:/i.test(named))
    return { ...says('is not a URL a client can ask, but relative', false), how: ABSOLUTE };
  if (!checked.ok) return { ...says('is not a URL a client can ask', false), how: ABSOLUTE };
  const { url } = checked;
  if (isInternalHost(url.hostname) && !isInternalHost(target.hostname))
    return says('is known only inside', true);
  if (url.protocol === 'http:' && target.protocol === 'https:') return says('is plain http', true);
  // RFC 9728 lets metadata stand on another host; it is wrong only where nothing is there.
  const isFound = view.resourceDocuments.some(({ probe }) => probe.kind === 'resource-named');
  if (url.host === target.host || isFound) return undefined;
  return url.hostname === target.hostname
    ? says('has another port than the server', true)
    : says('is on another host', false);
}

export const check: Check = {
  code: 'CHL-04',
  name: 'resource-metadata-http-or-wrong-host',
  severity: 'broken',
  references: [
    rfc(9728, '5.1'),
    thread('andrea-magni/MARS', 203),
    thread('mesh/mesh-mcp', 20),
    thread('Azure/aks-mcp', 364),
  ],
  follows: ['NET-14'],
  *find(view) {
    const { named, target } = view;
    const wrong = named === undefined ? undefined : fault(named, view);
    if (named === undefined || wrong === undefined) return;
    // Whoever goes on to the well-known address finds it all the same.
    const isFound = view.resourceDocuments.some(({ probe }) => probe.kind !== 'resource-named');
    const path = canonical(target).slice(target.origin.length);
    yield {
      title: `The address of the metadata in the challenge ${wrong.text}.`,
      detail: `${wrong.isProxied ? `The server does not know its public URL. ${BEHIND_TLS} ` : ''}${wrong.how && isFound ? 'Clients that read only the challenge find nothing; others go on to the well-known address.' : 'Clients refuse to go there, or find nothing.'}`,
      remedy: wrong.how ?? tellPublicUrl(view),
      evidence: view.refusals.flatMap(({ id, bearer }) => (bearer ? [id] : [])),
      comparison: {
        seenIn: 'resource_metadata in the challenge',
        seen: shownUrl(named),
        expectedFrom: 'well-known address of the server',
        expected: `${target.origin}/.well-known/oauth-protected-resource${path}`,
      },
      ...(wrong.how && isFound ? { severity: 'fragile' as const } : {}),
    };
  },
};
