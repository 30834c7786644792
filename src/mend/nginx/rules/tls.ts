import { isLoopbackHost } from '../../../base/text.ts';
import type { Config, Place } from '../config.ts';
import { type NginxRule, OAUTH_2_1 } from '../rule.ts';

export const tlsMode: NginxRule = {
  code: 'OPS-08',
  name: 'tls-mode',
  severity: 'unsafe',
  references: [OAUTH_2_1],
  *find(config) {
    for (const server of config.servers) {
      if (!server.parents.every(({ name }) => name === 'http') || !handsOn(config, server)) continue;
      const block = server.directive.block ?? [];
      // The old directive has a server speak TLS on every port.
      if (block.some(({ name, args }) => name === 'ssl' && args[0] === 'on')) continue;
      const listens = block.filter(({ name }) => name === 'listen');
      const isBehind = isBehindBalancer(config, server);
      for (const { args, line } of listens.length > 0
        ? listens
        : [{ args: ['80'], line: server.directive.line }]) {
        const [address = '', ...how] = args;
        if (how.includes('ssl') || how.includes('quic') || isOwnMachine(address)) continue;
        yield {
          line,
          ...(isBehind ? { severity: 'note' } : {}),
          title: `The server listens on ${address} without TLS and hands requests on.`,
          detail: `Tokens that arrive there can be read on the way.${isBehind ? ' It seems to stand behind a load balancer that speaks TLS; the way between the two must lie within one trust boundary, with no other road to this port.' : ' Behind a load balancer that ends TLS, the way between the two must lie within one trust boundary, with no other road to this port.'}`,
          remedy:
            'Write: listen 443 ssl; with ssl_certificate and ssl_certificate_key; for the container: MCP_TLS=on, MCP_SSL_CERT_FILE and MCP_SSL_CERT_KEY_FILE.',
        };
      }
    }
  },
};

/** Whether requests get any further: a server that only redirects hears no tokens worth the name. */
function handsOn(config: Config, { directive }: Place): boolean {
  return config.proxied.some(
    ({ directive: each, parents }) => each === directive || parents.includes(directive),
  );
}

/** Signs of somebody in front who ends TLS. */
function isBehindBalancer(config: Config, server: Place): boolean {
  const within = config.places.filter(({ parents }) => parents.includes(server.directive));
  return [...config.around(server), ...within.map(({ directive }) => directive)].some(
    ({ name, args }) =>
      name === 'set_real_ip_from' || args.some(each => /\$http_x_forwarded_proto\b/.test(each)),
  );
}

function isOwnMachine(address: string): boolean {
  if (address.startsWith('unix:')) return true;
  const host = /^(\[[^\]]*\]|[^:]+)(?::\d+)?$/.exec(address)?.[1] ?? '';
  return isLoopbackHost(host);
}
