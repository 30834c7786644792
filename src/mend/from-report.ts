import { Fault } from '../base/fault.ts';
import { isObject, parseJson } from '../base/json.ts';
import type { ProxyName } from './mending.ts';

/** What a saved report says that matters for its mending. */
export interface Diagnosed {
  target: string;
  /** The proxy that its answers name. */
  proxy?: ProxyName;
  /** The authorization servers it names. */
  issuers?: readonly string[];
}

const BY_SERVER: readonly [RegExp, ProxyName][] = [
  [/^caddy/i, 'caddy'],
  [/^(?:istio-)?envoy/i, 'envoy'],
  [/^traefik/i, 'traefik'],
  [/^(?:nginx|openresty)/i, 'nginx'],
];

/**
 * The servers in a report of `keybridge doctor --json`, one or several. Throws `usage.flag` when it is something
 * else.
 */
export function readReport(text: string): Diagnosed[] {
  const json = parseJson(text);
  const reports = Array.isArray(json) ? json : [json];
  const found = reports.flatMap((report): Diagnosed[] => {
    if (!isObject(report) || report.schema !== 1 || !isObject(report.examination)) return [];
    const { target } = report;
    if (typeof target !== 'string' || report.examination.kind !== 'server') return [];
    const proxy = proxyIn(JSON.stringify(report.examination.exchanges ?? {}));
    const { discovery } = report.examination;
    const listed = isObject(discovery) && Array.isArray(discovery.issuers) ? discovery.issuers : [];
    const issuers = listed.flatMap(each =>
      isObject(each) && typeof each.issuer === 'string' ? [each.issuer] : [],
    );
    return [{ target, ...(proxy ? { proxy } : {}), ...(issuers.length > 0 ? { issuers } : {}) }];
  });
  if (found.length > 0) return found;
  throw new Fault('usage.flag', '--from wants a report on an MCP server, and this file is none.', {
    remedy: 'Write one with: keybridge doctor https://server.example/mcp --json report.json',
  });
}

/** The proxy that the answers of an examination name in their Server field; `text` is its exchanges as JSON. */
export function proxyIn(text: string): ProxyName | undefined {
  for (const match of text.matchAll(/"server","([^"\\]{1,100})"/gi)) {
    const named = BY_SERVER.find(([pattern]) => pattern.test(match[1] ?? ''));
    if (named) return named[1];
  }
  return undefined;
}
