import type { Check } from '../../check.ts';
import { thread } from '../../references.ts';

export const check: Check = {
  code: 'CB-01',
  name: 'port-in-use',
  severity: 'broken',
  references: [thread('punkpeye/mcp-remote', 306), thread('vishalsachdev/canvas-mcp', 146)],
  *find(view) {
    const { machine, flow } = view.examination;
    if (flow?.failure?.code === 'callback.port-in-use') {
      yield {
        title: flow.failure.message,
        detail: 'The registration names this port, and the browser comes back to it, so no other will do.',
        remedy: flow.failure.remedy ?? 'End that program, or register another port.',
        evidence: [],
      };
      return;
    }
    const dead = machine?.locks.find(({ isAlive }) => !isAlive);
    if (!dead) return;
    const held = machine?.listening?.port === dead.port ? machine.listening : undefined;
    yield {
      title: `mcp-remote left a lock for this server behind: port ${dead.port}, of process ${dead.pid}, which is gone.`,
      detail: `${held ? `The port is now held by ${held.holder ?? 'another program'}. ` : ''}The next mcp-remote may wait for a sign-in in a process that is not there any more.`,
      remedy: `Delete ~/.mcp-auth/${dead.file} while no mcp-remote runs for this server.`,
      evidence: [],
      severity: held ? 'broken' : 'fragile',
    };
  },
};
