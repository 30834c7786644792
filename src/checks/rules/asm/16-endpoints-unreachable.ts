import type { Check } from '../../check.ts';
import { idsOf, published } from '../../doors.ts';
import { endpointsOf, innerHost } from '../../endpoints.ts';
import { rfc, thread } from '../../references.ts';
import type { View } from '../../view.ts';

/** Endpoints that a client cannot do without. */
const NEEDED = ['authorization_endpoint', 'token_endpoint', 'registration_endpoint'];

export const check: Check = {
  code: 'ASM-16',
  name: 'endpoints-unreachable-or-internal',
  severity: 'broken',
  references: [rfc(8414, '2'), thread('andrea-magni/MARS', 203)],
  follows: ['NET-01', 'URL-09', 'NET-14', 'CHL-04', 'PRM-07', 'PRM-17', 'ASM-08'],
  *find(view) {
    for (const { issuer, door, document } of published(view)) {
      const wrong = endpointsOf(document).flatMap(({ name, url }) => {
        const why = inner(view, url) ?? unresolved(view, url) ?? unanswered(view, issuer, name);
        return why ? [{ name, url, ...why }] : [];
      });
      if (wrong.length === 0) continue;
      const isNeeded = wrong.some(({ name, isSure }) => isSure && NEEDED.includes(name));
      const isUnsure = wrong.every(({ isSure }) => !isSure);
      yield {
        title: `The metadata of ${issuer} leads where clients do not get: ${wrong
          .map(({ name, url, text }) => `${name} (${url.host} ${text})`)
          .join(', ')}.`,
        detail: isUnsure
          ? 'It was asked without a client, and some authorization servers answer so to that. If it is not there for clients either, nobody can sign in.'
          : 'Names and addresses from inside a network, or left over from another installation, work for nobody outside.',
        remedy: isUnsure
          ? 'Open the address in a browser. If nothing is there, correct authorization_endpoint, or have the proxy pass it on.'
          : 'Configure the public URL of the authorization server, so that its metadata has addresses clients can reach.',
        evidence: [...idsOf(door), ...wrong.flatMap(({ evidence }) => evidence)],
        ...(isNeeded ? {} : { severity: 'fragile' as const }),
      };
    }
  },
};

interface Why {
  text: string;
  isSure: boolean;
  evidence: readonly string[];
}

function inner(view: View, url: URL): Why | undefined {
  // On one's own machine or network such names are as they should be.
  if (innerHost(view.target.hostname)) return undefined;
  const text = innerHost(url.hostname);
  return text === undefined ? undefined : { text, isSure: true, evidence: [] };
}

function unresolved(view: View, url: URL): Why | undefined {
  const look = view.examination.names.find(({ host }) => host === url.hostname);
  if (!look?.failure || look.v4.length > 0 || look.v6.length > 0) return undefined;
  // A host that answered was found in another way, by a proxy.
  const answered = Object.values(view.examination.exchanges).some(
    ({ request, outcome }) => outcome.kind === 'answered' && URL.parse(request.url)?.host === url.host,
  );
  if (answered) return undefined;
  return { text: 'has no address', isSure: true, evidence: [] };
}

function unanswered(view: View, issuer: string, name: string): Why | undefined {
  if (name !== 'authorization_endpoint') return undefined;
  const answer = view.answer('authorize-page', issuer);
  if (!answer) return undefined;
  const { failure, status, id } = answer;
  if (failure?.code === 'net.private-address')
    return { text: 'has an address of a private network', isSure: true, evidence: [id] };
  if (failure && /^net\.(dns|refused)$/.test(failure.code))
    return {
      text: failure.code === 'net.dns' ? 'has no address' : 'refuses the connection',
      isSure: true,
      evidence: [id],
    };
  // Some answer so to a request without a client.
  if (status === 404 || status === 410) return { text: `answers ${status}`, isSure: false, evidence: [id] };
  return undefined;
}
