import type { Check } from '../../check.ts';
import { thread } from '../../references.ts';

export const check: Check = {
  code: 'REG-14',
  name: 'preset-client-ignored',
  severity: 'fragile',
  references: [thread('anthropics/claude-code', 38102), thread('anthropics/claude-code', 67258)],
  *find(view) {
    const { bridges = [], registered } = view.examination.machine ?? {};
    const bridge = bridges.find(({ clientId }) => clientId !== undefined);
    if (!bridge || !registered || registered.clientId === bridge.clientId) return;
    yield {
      title: `mcp-remote was given the client ${bridge.clientId}, and has registered ${registered.clientId} besides.`,
      detail:
        'A client that is given by hand needs no registration. The one that was registered may be used instead, without the rights of the other.',
      remedy: `Delete ~/.mcp-auth/${registered.file} and start the bridge again.`,
      evidence: [],
    };
  },
};
