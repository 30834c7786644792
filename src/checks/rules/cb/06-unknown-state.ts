import { rfc } from '../../references.ts';
import { saidCheck, words } from '../../said.ts';

export const check = saidCheck({
  code: 'CB-06',
  name: 'unknown-state',
  severity: 'broken',
  references: [rfc(6749, '10.12')],
  pattern:
    /\b(?:unknown|invalid|expired|missing|unexpected|bad)\W{0,3}(?:oauth[ _])?state\b(?!\s*(?:code|machine))|\bstate\W{1,3}(?:parameter\W{1,3})?(?:(?:was|is|has|does)\W)?(?:not found|unknown|expired|mismatch|invalid|not match)/i,
  where: ['page', 'callback'],
  say: complaint => ({
    title: 'The server does not remember the sign-in that comes back to it (unknown state).',
    detail: `What it noted when the sign-in began is gone: it was restarted, it runs several times and the notes are in one of them only, or the page was loaded a second time.${words(complaint)}`,
    remedy:
      'Keep pending sign-ins in a store that all replicas share (or make the balancer sticky), through a restart, and use each state once. Users: start the sign-in again.',
  }),
});
