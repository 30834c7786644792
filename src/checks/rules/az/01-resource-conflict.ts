import { thread } from '../../references.ts';
import { ENTRA_ERRORS, saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'AZ-01',
  name: 'AADSTS9010010',
  severity: 'broken',
  references: [
    ENTRA_ERRORS,
    thread('punkpeye/mcp-remote', 217),
    thread('anthropics/claude-code', 73460),
    thread('anthropics/claude-code', 52871),
    thread('modelcontextprotocol/modelcontextprotocol', 1614),
  ],
  pattern: /AADSTS9010010\b|\binvalid_target\b/,
  say: (complaint, view) => {
    const resource = view.examination.flow?.request?.parameters.resource;
    const isEntra = complaint.text.includes('AADSTS');
    return {
      title: `The authorization server refuses the resource${resource ? ` ${resource}` : ''}: it does not go with the scopes, or is not known to it.`,
      detail: isEntra
        ? `AADSTS9010010: Entra ID wants the resource inside the scopes (<Application ID URI>/<scope>). Since 2026 it refuses a "resource" that says something else; MCP obliges clients to send one.${words(complaint)}`
        : `MCP obliges clients to send the resource of the server’s metadata (RFC 8707).${words(complaint)}`,
      remedy: isEntra
        ? `Make the Application ID URI of the app equal to the resource${resource ? ` (${resource})` : ''} and publish scopes that begin with it. On the client: --resource "" leaves the parameter out.`
        : 'Register the server’s URL as a resource (an API, an audience) at the authorization server. On the client: --resource names another, --resource "" none.',
    };
  },
});
