import { thread } from '../../references.ts';
import { saidCheck, UNKNOWN_CLIENT, words } from '../../said.ts';

export const check = saidCheck({
  code: 'AZ-07',
  name: 'unknown-client',
  severity: 'broken',
  references: [thread('supabase/mcp', 355), thread('anthropics/claude-code', 84614)],
  follows: ['AZ-06', 'REG-12', 'ASM-14', 'REG-13'],
  pattern: UNKNOWN_CLIENT,
  where: ['page'],
  say: (complaint, view) => {
    const { client } = view.examination.flow ?? {};
    if (!client) return undefined;
    const isNew = client.source === 'dynamic';
    return {
      title: `The authorization page does not know the client ${client.clientId}${isNew ? ', which was registered a moment ago' : ''}.`,
      detail: `The error is shown in the browser and never comes back to the client, so the client waits in vain and cannot register again by itself.${isNew ? ' Several machines that do not share their registrations look like this, and so does a cache between them.' : ''}${words(complaint)}`,
      remedy: isNew
        ? 'Keep registrations where every machine of the authorization server finds them at once.'
        : 'Keep registrations through restarts, or sign the client ids so that nothing needs to be kept.',
    };
  },
});
