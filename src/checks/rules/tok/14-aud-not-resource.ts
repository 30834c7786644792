import type { Check } from '../../check.ts';
import { audiences, expectedResource, isTaken, tokenAnswer } from '../../flow.ts';
import { rfc, SECURITY_NEXT, thread } from '../../references.ts';
import { runs } from '../../software.ts';

export const check: Check = {
  code: 'TOK-14',
  name: 'aud-not-resource',
  severity: 'broken',
  references: [
    SECURITY_NEXT,
    rfc(8707, '2'),
    thread('envoyproxy/ai-gateway', 2048),
    thread('modelcontextprotocol/csharp-sdk', 1801),
  ],
  follows: ['AZ-13'],
  *find(view) {
    const { token } = view.examination.flow ?? {};
    const aud = audiences(token?.claims ?? {});
    const resource = expectedResource(view);
    if (aud.length === 0 || resource === undefined || aud.includes(resource)) return;
    const taken = isTaken(view);
    const answer = tokenAnswer(view);
    const isEntra = runs(view, 'entra', 'entra-v1');
    const [first = ''] = aud;
    yield {
      title: taken
        ? 'The token is for another name than the server’s own, and the server takes it.'
        : 'The token is for somebody else than the server.',
      detail: isEntra
        ? 'Entra ID v2.0 puts the id of the application into aud, by design: the server has to expect that id.'
        : taken
          ? 'That is right where the server was told to expect this audience. Where it was not, it checks none.'
          : 'The server expects its own URL, or another name that the token does not have.',
      remedy: isEntra
        ? 'Set the audience that the server expects to the application id that stands in aud.'
        : 'Make the authorization server put the requested resource into aud, or the server expect what stands there.',
      evidence: answer ? [answer.id] : [],
      comparison: {
        seenIn: 'aud of the token',
        seen: first,
        expectedFrom: 'resource that was asked for',
        expected: resource,
      },
      severity: taken ? 'note' : 'broken',
    };
  },
};
