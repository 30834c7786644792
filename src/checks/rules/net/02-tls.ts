import type { FaultJson } from '../../../base/fault.ts';
import { quoted } from '../../../base/text.ts';
import type { Check, Sighting } from '../../check.ts';
import type { TlsLook } from '../../examination.ts';
import { isInternalHost } from '../../internal-host.ts';
import { rfc, thread } from '../../references.ts';
import type { View } from '../../view.ts';

const FAKE = /^Kubernetes Ingress Controller Fake Certificate$|^TRAEFIK DEFAULT CERT$/;
const SECRET =
  'kubectl get ingress,secret -n NAMESPACE shows whether the secret that spec.tls names lies in the same namespace as the Ingress; a secret of another namespace (such as aks-ingress-tls) has to be copied there.';

export const check: Check = {
  code: 'NET-02',
  name: 'tls-untrusted-chain',
  severity: 'broken',
  references: [
    rfc(8446, '4.4.2'),
    thread('upstash/context7', 2268),
    thread('czlonkowski/n8n-mcp', 440),
    thread('MCPJam/inspector', 1014),
    thread('anthropics/claude-ai-mcp', 457),
  ],
  *find(view) {
    const seen = new Set<string>();
    for (const look of view.examination.tls) {
      const { failure } = look;
      if (failure?.code !== 'net.tls' || failure.data?.problem === 'reset') continue;
      seen.add(look.host);
      yield look.system === undefined
        ? onlyHere(view, look)
        : untrusted(failure, evidenceOf(view, look.host), look);
    }
    // Behind a proxy nobody looked, but the requests themselves failed.
    for (const exchange of Object.values(view.examination.exchanges)) {
      if (exchange.outcome.kind !== 'failed') continue;
      const { fault } = exchange.outcome;
      const host = fault.data?.host ?? '';
      const isOurs = fault.code === 'net.tls' && fault.data?.proxy === undefined;
      if (!isOurs || fault.data?.problem === 'reset' || seen.has(host)) continue;
      seen.add(host);
      yield untrusted(fault, [exchange.id]);
    }
  },
};

function evidenceOf(view: View, host: string): string[] {
  const failed = Object.values(view.examination.exchanges).filter(
    ({ request, outcome }) =>
      URL.parse(request.url)?.hostname.replace(/^\[|\]$/g, '') === host &&
      outcome.kind === 'failed' &&
      outcome.fault.code === 'net.tls',
  );
  return failed.slice(0, 1).map(({ id }) => id);
}

function presented({ chain = [], names }: Partial<TlsLook>): string {
  if (chain.length === 0) return '';
  const list = chain.map(
    ({ subject, issuer, validTo }) => `${quoted(subject)} issued by ${quoted(issuer)}, valid to ${validTo}`,
  );
  return `It presents: ${list.join('; ')}.${names ? ` Made out to ${quoted(names)}.` : ''}`;
}

function untrusted(failure: FaultJson, evidence: string[], look: Partial<TlsLook> = {}): Sighting {
  const problem = failure.data?.problem;
  const { chain = [], issuerAt } = look;
  const missing =
    problem === 'missing-intermediate'
      ? `What is missing is the certificate of ${quoted(chain[0]?.issuer ?? 'its issuer')}.${issuerAt ? ` Browsers fetch it from ${issuerAt};` : ' Browsers fetch it by themselves;'} other programs do not, which is why the page opens in a browser.`
      : '';
  const isDefault = chain.some(({ subject }) => FAKE.test(subject));
  const isIngress = ['self-signed', 'name-mismatch', 'unknown-issuer', 'expired'].includes(problem ?? '');
  return {
    title: failure.message,
    detail: [
      isDefault
        ? 'The ingress controller shows its own stand-in, because it has no certificate for this host.'
        : '',
      presented(look),
      missing,
      problem === 'missing-intermediate' ? '' : 'No client gets past it.',
    ]
      .filter(text => text !== '')
      .join(' '),
    remedy: isDefault
      ? `Give the Ingress its certificate. ${SECRET}`
      : `${failure.remedy ?? 'Serve a valid certificate with its full chain.'}${isIngress ? ` Behind a Kubernetes ingress: ${SECRET}` : ''}`,
    evidence,
  };
}

/** Trusted by this machine and by nobody who brings a list of authorities of his own. */
function onlyHere(view: View, look: TlsLook): Sighting {
  const top = look.chain.at(-1)?.issuer ?? 'unknown';
  const addresses = view.examination.names.find(({ host }) => host === look.host);
  const isInside =
    isInternalHost(look.host) ||
    [...(addresses?.v4 ?? []), ...(addresses?.v6 ?? [])].some(each => isInternalHost(each));
  return {
    title: `The certificate of ${look.host} leads to ${quoted(top)}, which this machine trusts and others do not.`,
    detail: `A private authority looks like this, and so does a company's proxy that opens connections. Programs that bring their own list of authorities (Node without --use-system-ca, Python with certifi) refuse it, and so does everybody outside. ${presented(look)}`,
    remedy:
      'If others are to use the server, serve a certificate of a public authority. On this machine let such programs use the system’s store (--use-system-ca) or name the authority in NODE_EXTRA_CA_CERTS; never turn verification off.',
    evidence: [],
    severity: isInside ? 'note' : 'fragile',
  };
}
