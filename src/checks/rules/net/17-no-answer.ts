import { generalCheck } from '../../general.ts';
import { rfc } from '../../references.ts';

/** What no other rule knows: nothing that was sent to the host came to an answer in HTTP. */
export const check = generalCheck({
  code: 'NET-17',
  name: 'no-answer-in-http',
  references: [rfc(9112, '2.1'), rfc(9110, '3.4')],
  place: 'connection',
  follows: ['NET-01', 'NET-02', 'NET-03', 'NET-04', 'NET-15'],
  what: (_stop, _answer, { target }) =>
    `Nothing that was sent to ${target.host} was answered: the first request`,
  remedy: (_stop, answer, { target }) =>
    answer?.failure?.remedy ??
    `Check the port and the scheme (${target.protocol.replace(':', '')}): a server that speaks HTTP must listen there.`,
});
