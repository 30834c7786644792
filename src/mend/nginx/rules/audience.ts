import { type Config, called, type Place, variablesIn } from '../config.ts';
import { AUTHORIZATION, type NginxRule, rfc } from '../rule.ts';

const INDICATORS = rfc(8707, 'Resource Indicators');

export const audienceNotChecked: NginxRule = {
  code: 'MCP-11',
  name: 'audience-not-checked',
  severity: 'unsafe',
  references: [AUTHORIZATION, INDICATORS],
  *find(config) {
    for (const place of config.proxied) {
      const checker = config.checker(place);
      if ((checker !== 'jwt' && checker !== 'introspection') || checksAudience(config, place)) continue;
      const unseen = config.includes(place);
      // The project's own snippets do check it.
      if (unseen.some(file => /mcp-(?:resource|server)-/.test(file))) continue;
      yield {
        line: place.directive.line,
        ...(unseen.length > 0 ? { severity: 'note' } : {}),
        title: `${called(place.directive)} takes a token without looking for whom it was issued.`,
        detail: `A token for another service of the same authorization server works here too.${unseen.length > 0 ? ` Unless ${unseen.join(', ')}, which was not looked into, checks it.` : ''}`,
        remedy:
          checker === 'jwt'
            ? 'Write: auth_jwt_require_claim aud eq "<URL of the server>"; and for a list: auth_jwt_require_claim aud any json=["<URL of the server>"];'
            : 'Map the claim aud to $mcp_aud_ok, 1 for the URL of the server and 0 by default, and write: auth_oauth2_token_require $mcp_aud_ok;',
      };
    }
  },
};

/** Whether anything that holds for a block asks for aud, by name or through variables. */
function checksAudience(config: Config, place: Place): boolean {
  const sources = new Set(
    config
      .around(place)
      .filter(({ name }) => /^(?:auth_jwt_require|auth_oauth2_token_require|if$)/.test(name))
      .flatMap(({ args }) => args),
  );
  // A Set that grows is walked to its end.
  for (const text of sources) {
    if (/aud/i.test(text)) return true;
    for (const variable of variablesIn(text)) {
      for (const { args } of config.maps) if (args[1] === variable) sources.add(args[0] ?? '');
      for (const { directive } of config.named('auth_jwt_claim_set', 'auth_oauth2_token_claim_set'))
        if (directive.args[0] === variable) for (const each of directive.args.slice(1)) sources.add(each);
    }
  }
  return false;
}

export const audienceArray: NginxRule = {
  code: 'TOK-15',
  name: 'aud-array',
  severity: 'note',
  references: [INDICATORS],
  *find(config) {
    for (const { directive } of config.named('auth_jwt_require_claim')) {
      const [claim, operator, value = ''] = directive.args;
      if (claim !== 'aud' || operator !== 'eq') continue;
      yield {
        line: directive.line,
        title: 'aud is compared as one string.',
        detail:
          'An authorization server that issues a list, even of one, has its tokens refused here, though they are right.',
        remedy: `For lists write: auth_jwt_require_claim .aud[0] eq ${quote(value)}; for the first entry, or auth_jwt_require_claim aud any json=[${quote(value)}]; for any.`,
      };
    }
  },
};

const quote = (value: string): string =>
  /^\$\w+$/.test(value) ? value : `"${value.replace(/["\\]/g, '\\$&')}"`;

export const canonicalUri: NginxRule = {
  code: 'OPS-06',
  name: 'canonical-uri-drift',
  severity: 'broken',
  references: [INDICATORS, rfc(9728, 'Protected Resource Metadata')],
  *find(config) {
    const own = config.valuesOf('$mcp_canonical_uri').filter(({ value }) => /^https?:/.test(value));
    const [first] = own;
    // Several are several servers, whose parts cannot be told apart from here.
    if (!first || own.length > 1) return;
    for (const { value, line, where } of mentions(config)) {
      if (value === first.value) continue;
      yield {
        line,
        title: `${where} is ${value}, and $mcp_canonical_uri (${config.lineName(first.line)}) is ${first.value}.`,
        detail:
          'The resource in the metadata, what clients ask tokens for, and what tokens are checked for must be one string, sign by sign: a slash at the end, the scheme, the port and capital letters count.',
        remedy:
          'Use one string everywhere, and at the authorization server too (MCP_CANONICAL_URI for the container).',
      };
    }
  },
};

/** Where a file says again what the server's URL is. */
function* mentions(config: Config): Iterable<{ value: string; line: number; where: string }> {
  for (const { value, line } of config.valuesOf('$mcp_canonical_uri_json')) {
    const text = /^"(https?:[^"]*)"$/.exec(value)?.[1];
    if (text !== undefined) yield { value: text, line, where: '$mcp_canonical_uri_json' };
  }
  for (const { directive } of config.named('auth_jwt_require_claim')) {
    if (!/^\.?aud\b/.test(directive.args[0] ?? '')) continue;
    const values = directive.args.slice(1).flatMap(each => each.match(/https?:[^"'\]\s,]+/g) ?? []);
    // A list may name other servers besides this one.
    const [value] = values;
    if (values.length === 1 && value) yield { value, line: directive.line, where: 'The audience asked for' };
  }
  const audiences = config
    .named('auth_oauth2_token_claim_set', 'auth_jwt_claim_set')
    .filter(({ directive }) => directive.args[1] === 'aud')
    .map(({ directive }) => directive.args[0]);
  for (const { args, block = [] } of config.maps) {
    if (!audiences.includes(args[0] ?? '')) continue;
    const keys = block.filter(({ name, args: [value] }) => /^https?:/.test(name) && value !== '0');
    const [key] = keys;
    if (keys.length === 1 && key) yield { value: key.name, line: key.line, where: 'The audience asked for' };
  }
  for (const { directive } of config.named('return')) {
    const resource = /"resource"\s*:\s*"(https?:[^"$]*)"/.exec(directive.args[1] ?? '')?.[1];
    if (resource !== undefined)
      yield { value: resource, line: directive.line, where: 'The resource in the metadata' };
  }
}
