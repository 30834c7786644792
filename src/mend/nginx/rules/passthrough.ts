import { type Config, called, type Place } from '../config.ts';
import { AUTHORIZATION, type NginxRule } from '../rule.ts';

export const passthrough: NginxRule = {
  code: 'MCP-10',
  name: 'token-passthrough',
  severity: 'unsafe',
  references: [AUTHORIZATION],
  *find(config) {
    for (const place of config.proxied) {
      const { directive, parents } = place;
      if (isTakenOff(config, place)) continue;
      const checker = config.checker(place);
      const isEndpoint = directive.name === 'location' && /mcp/i.test(directive.args.at(-1) ?? '');
      if (checker === undefined && (!isEndpoint || directive.args.at(-1)?.includes('.well-known'))) continue;
      const lost = [directive, ...parents].some(level => setsAuthorization(level.block ?? [], ''));
      const unseen = config.includes({ directive, parents: [] }).filter(file => !/mcp-resource-/.test(file));
      const isCertain = checker !== undefined && unseen.length === 0;
      yield {
        line: directive.line,
        ...(isCertain ? {} : { severity: 'note' }),
        title: `${called(directive)} passes the client’s token on to the server behind nginx.`,
        detail: [
          checker === undefined
            ? 'Nothing here shows that nginx validates tokens. If the server behind validates them, as most MCP servers do, it needs the Authorization field and this is right.'
            : 'nginx validates the token here. If the server behind does not validate it too, it has no use for it, and whoever reads it there can use it wherever it is accepted; the MCP specification forbids passing it on.',
          ...(lost
            ? [
                'A block around it takes the field off, but a block with a proxy_set_header of its own inherits none.',
              ]
            : []),
          ...(unseen.length > 0
            ? [`Unless ${unseen.join(', ')}, which could not be read, takes it off.`]
            : []),
        ].join(' '),
        remedy:
          checker === undefined
            ? `Find out who validates the token. If the server behind does, change nothing: without the field it refuses every request with 401. ${ONLY_IF(called(directive))}`
            : `Find out whether the server behind reads the token. If it does, leave the field: without it every request is refused with 401. ${ONLY_IF(called(directive))}`,
      };
    }
  },
};

const ONLY_IF = (block: string) =>
  `Only if nginx alone validates it, write into ${block}: proxy_set_header Authorization "";`;

/** The opposite: the field is taken off, and nobody is seen who has read it before. */
export const stripped: NginxRule = {
  code: 'MCP-02',
  name: 'authorization-stripped',
  severity: 'fragile',
  references: [AUTHORIZATION],
  *find(config) {
    for (const place of config.proxied) {
      const { directive, parents } = place;
      const path = directive.name === 'location' ? (directive.args.at(-1) ?? '') : '';
      if (!/mcp/i.test(path) || path.includes('.well-known')) continue;
      if (!isTakenOff(config, place) || config.checker(place) !== undefined) continue;
      const unseen = config.includes({ directive, parents });
      yield {
        line: directive.line,
        ...(unseen.length > 0 ? { severity: 'note' as const } : {}),
        title: `${called(directive)} takes the client’s token off, and nothing here shows that nginx validates it.`,
        detail: [
          'If the server behind validates tokens, as most MCP servers do, it never sees one and refuses every request with 401, also right after a sign-in. If it does not, nobody validates them.',
          ...(unseen.length > 0 ? [`Unless ${unseen.join(', ')}, which could not be read, does.`] : []),
        ].join(' '),
        remedy: `Find out who validates the token. If the server behind does, remove proxy_set_header Authorization "" from ${called(directive)}. If nginx is to do it, add the validation: auth_jwt, auth_request or token introspection.`,
      };
    }
  },
};

const setsAuthorization = (block: readonly { name: string; args: readonly string[] }[], value: string) =>
  block.some(
    ({ name, args }) =>
      /^(?:proxy|grpc)_set_header$/.test(name) &&
      args[0]?.toLowerCase() === 'authorization' &&
      args[1] === value,
  );

/** Whether the field is emptied, replaced, or not sent on at all. */
function isTakenOff(config: Config, place: Place): boolean {
  const kind = place.directive.block?.some(({ name }) => name === 'grpc_pass') ? 'grpc' : 'proxy';
  const fields = config.effective(place, `${kind}_set_header`);
  const value = (name: string) => config.effective(place, name)[0]?.args[0];
  return (
    fields.some(
      ({ args }) => args[0]?.toLowerCase() === 'authorization' && !/authorization/i.test(args[1] ?? ''),
    ) ||
    value('proxy_pass_request_headers') === 'off' ||
    // Token exchange puts a token for the server behind in its place.
    value('auth_oauth2_token_exchange') === 'on'
  );
}
