import type { Check } from '../../check.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'CB-03',
  name: 'ipv4-ipv6-loopback',
  severity: 'broken',
  references: [
    rfc(8252, '7.3'),
    thread('punkpeye/mcp-remote', 259),
    thread('anomalyco/opencode', 30013),
    thread('anomalyco/opencode', 31824),
    thread('MikkoParkkola/mcp-gateway', 144),
  ],
  *find(view) {
    const { machine } = view.examination;
    const { listening, away, locks = [], bridges = [] } = machine ?? {};
    const isBridge =
      bridges.length > 0 || locks.some(({ isAlive, port }) => isAlive && port === listening?.port);
    if (!listening || !isBridge || listening.v4 === listening.v6) return;
    // Elsewhere browsers try the other address by themselves; across the border of WSL they cannot.
    if (listening.v4 && away !== 'wsl') return;
    yield {
      title: `The bridge waits for the browser on port ${listening.port} at ${listening.v4 ? '127.0.0.1' : '::1'} only.`,
      detail:
        '"localhost" is two addresses. A browser that tries the other one is refused, after the user has consented.',
      remedy: 'Wait at both, or use the address that is bound in the redirect URI (--host 127.0.0.1).',
      evidence: [],
      severity: 'fragile',
    };
  },
};
