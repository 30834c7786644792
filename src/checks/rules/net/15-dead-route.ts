import { isLoopbackHost } from '../../../base/text.ts';
import type { Check } from '../../check.ts';
import { isBotFilter, isUnanswered, ownAnswers } from '../../gate.ts';
import { rfc, thread } from '../../references.ts';
import { remedyFor, softwareOf } from '../../software.ts';
import type { Answer, View } from '../../view.ts';

const DEAD = [502, 503, 504, 521, 522, 523, 525, 530];
const NOBODY = ['net.refused', 'net.timeout'];
const PODS =
  'On Kubernetes see whether the server runs: kubectl get pods -n mcp (or its namespace), and kubectl get endpoints.';

/** A page of the edge itself, which knows no route for this address. */
function isEdge404(answer: Answer): boolean {
  if (answer.status !== 404) return false;
  const isPage = /^default backend - 404|<center>(?:nginx|openresty)\b/.test(answer.text);
  return isPage || answer.field('ngrok-error-code') !== undefined;
}

export const check: Check = {
  code: 'NET-15',
  name: 'dead-edge-route',
  severity: 'broken',
  references: [rfc(9110, '15.6.3'), thread('anthropics/claude-ai-mcp', 63)],
  follows: ['NET-01', 'NET-02', 'NET-03', 'NET-04', 'NET-05'],
  *find(view) {
    if (isUnanswered(view)) return yield* silent(view);
    const { openings } = view;
    const [first] = openings;
    const isDead = (answer: Answer) =>
      (DEAD.includes(answer.status) && !isBotFilter(answer)) || isEdge404(answer);
    if (!first || !openings.every(isDead)) return;
    const alive = ownAnswers(view).find(
      ({ probe, status }) => probe.kind.startsWith('resource-') && status === 200,
    );
    const edge =
      softwareOf(view).find(({ place }) => place === 'edge')?.title ?? 'What stands before the server';
    yield {
      title: `${edge} answers ${first.status} for ${view.target.pathname}: there is no live server behind it.`,
      detail: alive
        ? 'Metadata of the same host is there, so only the route to the endpoint is missing or leads nowhere.'
        : 'The host is there and has no route for this path, or the server behind the route is down.',
      remedy: `${remedyFor(
        view,
        {
          'cloudflare-tunnel':
            'Add the host name and path to the ingress rules of cloudflared, and see that the tunnel runs (cloudflared tunnel info).',
          ngrok: 'Start the tunnel again; its address may have changed.',
          'ingress-nginx': 'Add the path to the Ingress, and see that its service and port have endpoints.',
        },
        'Add the route for this host and path, and see that the server behind it runs.',
      )} ${PODS}`,
      evidence: [...openings, ...(alive ? [alive] : [])].map(({ id }) => id),
    };
  },
};

function* silent(view: View) {
  const { hostname, port, protocol, host } = view.target;
  const failed = Object.values(view.examination.exchanges).filter(
    ({ request, outcome }) => URL.parse(request.url)?.host === host && outcome.kind === 'failed',
  );
  const first = failed.find(
    ({ outcome }) => outcome.kind === 'failed' && NOBODY.includes(outcome.fault.code),
  );
  if (first?.outcome.kind !== 'failed' || first.outcome.fault.data?.proxy !== undefined) return;
  const { code } = first.outcome.fault;
  const number = port || (protocol === 'https:' ? '443' : '80');
  yield {
    title:
      code === 'net.refused'
        ? `${hostname} refuses connections on port ${number}.`
        : `Nothing answers at ${hostname} on port ${number}.`,
    detail:
      code === 'net.refused'
        ? 'The machine is there, and no program listens on that port.'
        : 'The name leads somewhere, and what is sent there is dropped: the server is down, or a firewall stands before it.',
    remedy: isLoopbackHost(view.target.hostname)
      ? `Start the server, or see which port it listens on${hostname === 'localhost' ? ', and whether at 127.0.0.1 or at [::1]' : ''}: this address is on this machine.`
      : `See that the server runs, and listens on this port and not on loopback only. ${PODS} If it runs, try from another network, or set HTTPS_PROXY where the way out leads through a proxy.`,
    evidence: [first.id],
  };
}
