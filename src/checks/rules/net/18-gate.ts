import type { Check } from '../../check.ts';
import { isTaken } from '../../flow.ts';
import { isBotFilter, leadsToLogin, ownAnswers, speaksMcp } from '../../gate.ts';
import { exemption } from '../../gates.ts';
import { thread } from '../../references.ts';
import { gateOf } from '../../software.ts';
import type { Answer, View } from '../../view.ts';
import { saying } from '../../words.ts';

/** Whether a refusal is not the server's own: it comes from a gate that is known, or says nothing of OAuth. */
function isGates(answer: Answer): boolean {
  if (![401, 403].includes(answer.status) || isBotFilter(answer) || leadsToLogin(answer)) return false;
  return answer.bearer?.params.resource_metadata === undefined && gateOf(answer) !== undefined;
}

/** The same address with or without a slash at its end, where that is answered as an MCP server does. */
function besides(view: View): Answer | undefined {
  return view.answers('post-other-slash').find(answer => speaksMcp(answer) && !isGates(answer));
}

export const check: Check = {
  code: 'NET-18',
  name: 'gate-refuses',
  severity: 'broken',
  references: [
    thread('lswith/imap-mcp', 10),
    thread('liketrek/TREK', 1463),
    thread('anthropics/claude-ai-mcp', 410),
  ],
  *find(view) {
    const known = ownAnswers(view).filter(isGates);
    const other = besides(view);
    // Without a mark a gate shows by what the next path shows: the server is there, and answers otherwise.
    const unknown = other
      ? view.openings.filter(
          answer =>
            [401, 403].includes(answer.status) && answer.challenges.length === 0 && !isBotFilter(answer),
        )
      : [];
    const gated = known.length > 0 ? known : unknown;
    const first = gated.find(({ text }) => text !== '') ?? gated[0];
    if (!first) return;
    const gate = gateOf(first)?.title ?? 'Something in front of the server';
    const path = ({ url }: Answer) => new URL(url).pathname;
    const paths = [...new Set(gated.map(path))];
    const passing = [
      ...new Set(
        ownAnswers(view)
          .filter(answer => answer.status > 0 && !gated.includes(answer))
          .map(path),
      ),
    ].filter(each => !paths.includes(each));
    const isAll = passing.length === 0;
    const shown = paths.slice(0, 4).join(', ');
    const through = other
      ? ` ${path(other)} passes it and is answered by the server itself, so the exemption covers that address and not this one.`
      : isAll
        ? ' It answers so for every path that was asked.'
        : ` What passes it: ${passing.slice(0, 4).join(', ')}.`;
    yield {
      title: `${gate} refuses ${shown} with ${first.status}, before the request reaches the server.`,
      detail: `It wants credentials of its own, which MCP clients do not have; its answer does not say where to sign in for the server.${through}${saying(first)}`,
      remedy: exemption(
        view,
        isAll || paths.length > 3
          ? `${view.target.pathname}, /.well-known/* and the OAuth endpoints`
          : paths.join(' and '),
      ),
      // A 401 and metadata that is open: clients begin, and whether the gate lets a token pass shows then.
      ...(first.status === 401 && view.resourceDocuments.length > 0 && isTaken(view) !== false
        ? { severity: 'fragile' as const }
        : {}),
      evidence: [...gated.slice(0, 8), ...(other ? [other] : [])].map(({ id }) => id),
    };
  },
};
