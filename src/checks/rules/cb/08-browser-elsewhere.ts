import type { Check } from '../../check.ts';
import { thread } from '../../references.ts';

const WHERE = {
  ssh: 'in an SSH session',
  wsl: 'in the Windows Subsystem for Linux',
  container: 'in a container',
};

export const check: Check = {
  code: 'CB-08',
  name: 'browser-cannot-reach-loopback',
  severity: 'broken',
  references: [thread('anomalyco/opencode', 30013)],
  *find(view) {
    const { machine, flow } = view.examination;
    // Only a sign-in that nobody came back from shows it.
    if (!machine?.away || !flow?.request || flow.callback || flow.landed) return;
    if (flow.failure?.code !== 'sign-in.cancelled') return;
    yield {
      title: `Nobody came back to ${flow.request.redirectUri}: this process runs ${WHERE[machine.away]}, the browser probably elsewhere.`,
      detail:
        '127.0.0.1 in the browser is the machine of the browser. The page it ends on cannot be reached there.',
      remedy:
        'Paste the whole address of that page where the sign-in was started; or forward the port (ssh -L), or use --device-code where the server has it.',
      evidence: [],
    };
  },
};
