import type { Check } from '../../check.ts';
import { refreshes } from '../../history.ts';
import { rfc, thread } from '../../references.ts';

export const check: Check = {
  code: 'TOK-21',
  name: 'refresh-race',
  severity: 'fragile',
  references: [rfc(9700, '4.14'), thread('openai/codex', 27165), thread('buildinternet/uploads', 911)],
  *find(view) {
    const all = refreshes(view);
    for (const { answer, token, isRefused } of all) {
      if (!isRefused || token === '') continue;
      const used = all.find(
        each => each.token === token && each.answer.status === 200 && each.answer.id !== answer.id,
      );
      if (!used) continue;
      yield {
        title: 'A refresh token that had been used already was used a second time, and refused.',
        detail:
          'With rotation each refresh token is good for one use. Two programs, or two requests of one, renewed at the same time; the one that came second has lost its sign-in, and some servers then end the other one, too.',
        remedy:
          'Let one program refresh for all that share a sign-in. Operators: take the last refresh token once more for some seconds (reuse grace).',
        evidence: [used.answer.id, answer.id],
      };
      return;
    }
  },
};
