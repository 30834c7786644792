import type { Check } from '../../check.ts';
import { thread } from '../../references.ts';

export const check: Check = {
  code: 'CB-02',
  name: 'dual-process-pkce-mixup',
  severity: 'broken',
  references: [
    thread('punkpeye/mcp-remote', 235),
    thread('punkpeye/mcp-remote', 251),
    thread('punkpeye/mcp-remote', 306),
    thread('anthropics/claude-code', 35294),
  ],
  *find(view) {
    const { bridges = [] } = view.examination.machine ?? {};
    if (bridges.length < 2) return;
    yield {
      title: `mcp-remote runs ${bridges.length} times for this server on this machine (processes ${bridges.map(({ pid }) => pid).join(', ')}).`,
      detail:
        'Claude Desktop starts it twice. Both keep the code_verifier of a sign-in in the same file, so the code of one may be redeemed with the verifier of the other: invalid_grant, "incorrect code_verifier".',
      remedy:
        'Use one bridge that serves all hosts (keybridge), or run mcp-remote once by hand before the host starts it, so that it finds a token in ~/.mcp-auth.',
      evidence: [],
      // It goes well as long as nobody has to sign in.
      severity: 'fragile',
    };
  },
};
