import { thread } from '../../references.ts';
import { saidCheck, UNKNOWN_CLIENT, words } from '../../said.ts';

export const check = saidCheck({
  code: 'REG-13',
  name: 'registration-pruned',
  severity: 'broken',
  references: [
    thread('supabase/mcp', 355),
    thread('arc-mcp/arc-1', 212),
    thread('startreedata/mcp-pinot', 139),
    thread('shopsys/shopsys', 4719),
  ],
  follows: ['AZ-06'],
  pattern: UNKNOWN_CLIENT,
  where: ['page', 'refresh'],
  say: (complaint, view) => {
    const { client } = view.examination.flow ?? {};
    // A client that was registered just now was not forgotten.
    if (complaint.where === 'page' && client?.source !== 'static') return undefined;
    const name = client ? ` ${client.clientId}` : '';
    return {
      title: `The authorization server does not know the client${name} any more.`,
      detail: `It was registered earlier, and the server has forgotten it: registrations kept in memory end with a restart, others with a time limit or a cleaned cache.${words(complaint)}`,
      remedy:
        'Keep registrations, or sign the client ids so that nothing needs to be kept, and answer invalid_client in JSON, so that clients register again. Users: keybridge forget, then sign in.',
    };
  },
});
