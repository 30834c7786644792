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
        title: `${called(directive)} hands the client’s token on to what stands behind it.`,
        detail: [
          checker === undefined
            ? 'Nothing here shows that nginx checks tokens. If the server behind does, it needs the field, and all is well. If nginx does, the field must go no further:'
            : 'nginx checks the token here, so the server behind has no use for it, and the MCP specification forbids to pass it on:',
          'whoever reads it there can use it at every server that takes it.',
          ...(lost
            ? [
                'A block around it does take the field off, but a block with a proxy_set_header of its own inherits none.',
              ]
            : []),
          ...(unseen.length > 0
            ? [`Unless ${unseen.join(', ')}, which was not looked into, takes it off.`]
            : []),
        ].join(' '),
        remedy: `Write into ${called(directive)}: proxy_set_header Authorization "";`,
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
