import { asStrings, parseJson } from '../../../base/json.ts';
import { AUTHORIZATION, type NginxRule } from '../rule.ts';

export const scopeKnobs: NginxRule = {
  code: 'OPS-07',
  name: 'scope-knobs-drift',
  severity: 'note',
  references: [AUTHORIZATION],
  *find(config) {
    const required = config.valuesOf('$mcp_required_scope');
    const supported = config.valuesOf('$mcp_scopes_supported_json');
    const [one, other] = [required[0], supported[0]];
    if (!one || !other || required.length > 1 || supported.length > 1) return;
    const known = asStrings(parseJson(other.value));
    if (known === undefined) return;
    const missing = one.value.split(/\s+/).filter(scope => scope !== '' && !known.includes(scope));
    if (missing.length === 0) return;
    yield {
      line: one.line,
      title: `$mcp_required_scope asks for ${missing.join(', ')}, which $mcp_scopes_supported_json (${config.lineName(other.line)}) does not have.`,
      detail:
        'The refusal names the one and the metadata the other. Clients that choose from the metadata come back with too few rights.',
      remedy: 'Keep both in step; for the container: MCP_REQUIRED_SCOPE and MCP_SCOPES_SUPPORTED.',
    };
  },
};
