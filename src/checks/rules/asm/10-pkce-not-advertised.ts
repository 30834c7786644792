import { presetFor } from '../../../oauth/presets.ts';
import type { Check } from '../../check.ts';
import { AUTHORIZATION, thread } from '../../references.ts';

export const check: Check = {
  code: 'ASM-10',
  name: 'pkce-not-advertised',
  severity: 'broken',
  references: [AUTHORIZATION, thread('modelcontextprotocol/typescript-sdk', 2831)],
  *find(view) {
    for (const issuer of view.issuers) {
      const [document] = view.serverDocuments(issuer);
      if (!document || document.json?.code_challenge_methods_supported !== undefined) continue;
      const known = presetFor(issuer);
      yield {
        title: `${issuer} does not say that it supports PKCE.`,
        detail: known?.s256
          ? `${known.title} does PKCE with S256 without saying so. Clients that keep to the specification refuse it all the same, unless they know that.`
          : 'The specification has clients refuse an authorization server without code_challenge_methods_supported.',
        remedy: known?.s256
          ? 'It cannot be changed there; serve a copy of its metadata with "code_challenge_methods_supported": ["S256"] from the MCP server\'s host.'
          : 'Add "code_challenge_methods_supported": ["S256"] to its metadata.',
        evidence: [document.id],
        ...(known?.s256 ? { severity: 'fragile' as const } : {}),
      };
    }
  },
};
