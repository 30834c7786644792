import { type NginxRule, rfc } from '../rule.ts';

/** Seconds an answer about a token may be believed, and how long is far too long. */
const MOST = 60;
const FAR_TOO_LONG = 300;
const REMEDY =
  'Write: auth_oauth2_token_introspect_cache zone=introspect:10m max_ttl=60s; for the container: MCP_INTROSPECT_CACHE_MAX_TTL=60s.';

export const introspectCache: NginxRule = {
  code: 'OPS-05',
  name: 'introspect-cache',
  severity: 'fragile',
  references: [rfc(7662, 'Token Introspection')],
  *find(config) {
    const caches = config.named('auth_oauth2_token_introspect_cache');
    const [used] = config
      .named('auth_oauth2_token_introspect')
      .filter(({ directive }) => directive.args[0] !== 'off');
    if (used && caches.length === 0) {
      const isSure = config
        .named('include')
        .every(({ directive }) => /mime\.types$/.test(directive.args[0] ?? ''));
      yield {
        line: used.directive.line,
        severity: isSure ? 'fragile' : 'note',
        title: `Answers about tokens are not cached${isSure ? '' : ' here'}.`,
        detail: `Every request asks the authorization server; when that is slow or out, so is this server.${isSure ? '' : ' An included file, which was not looked into, may say otherwise.'}`,
        remedy: REMEDY,
      };
    }
    for (const { directive } of caches) {
      const given = directive.args.find(each => each.startsWith('max_ttl='))?.slice('max_ttl='.length);
      // The module's own limit, where none is set, is five minutes.
      const time = given === undefined ? FAR_TOO_LONG : seconds(given);
      if (time === undefined || (time > 0 && time <= MOST)) continue;
      yield {
        line: directive.line,
        severity: time > FAR_TOO_LONG ? 'unsafe' : 'fragile',
        title:
          time === 0
            ? 'The cache for answers about tokens is turned off.'
            : `An answer about a token is believed for ${given ?? 'five minutes, as nothing else is said'}.`,
        detail:
          time === 0
            ? 'Every request asks the authorization server; when that is slow or out, so is this server.'
            : 'So long does a token that was revoked go on working. A minute is enough to spare the authorization server.',
        remedy: REMEDY,
      };
    }
  },
};

const UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** A time of nginx's in seconds: `60`, `1m30s`. */
function seconds(text: string): number | undefined {
  if (text === '' || !/^(?:\d+(?:ms|[smhdw]))*\d*$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number, unit = 's'] of text.matchAll(/(\d+)(ms|[smhdw])?/g))
    sum += Number(number) * (UNITS[unit] ?? 1);
  return sum;
}
