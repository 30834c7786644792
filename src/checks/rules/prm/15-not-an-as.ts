import { checkUrl, quoteUrl } from '../../../oauth/identifier.ts';
import type { Check } from '../../check.ts';
import { isFailing } from '../../gate.ts';
import { AUTHORIZATION, rfc, thread } from '../../references.ts';
import { listedIssuers } from '../../resource.ts';
import { type Answer, describesServer } from '../../view.ts';

function outcome({ probe, status, failure, isHtml }: Answer): string {
  const said = failure ? 'no answer' : isHtml && status === 200 ? 'a web page' : String(status);
  return `${quoteUrl(probe.url)}: ${said}`;
}

/** Whether an issuer is down rather than wrong: it fails, is busy, or does not answer where something is. */
function isDown(answer: Answer): boolean {
  const { failure } = answer;
  return failure ? ['net.refused', 'net.timeout', 'net.failed'].includes(failure.code) : isFailing(answer);
}

export const check: Check = {
  code: 'PRM-15',
  name: 'as-url-is-not-an-as',
  severity: 'broken',
  references: [AUTHORIZATION, rfc(8414, '3.1'), thread('microsoft/simplechat', 1017)],
  follows: [
    'NET-01',
    'NET-02',
    'NET-13',
    'PRM-16',
    'PRM-17',
    'ASM-01',
    'ASM-08',
    'PRM-07',
    'CHL-04',
    'ASM-23',
    'ASM-05',
  ],
  *find(view) {
    for (const { issuer, document } of listedIssuers(view)) {
      const of = (answer: Answer) => answer.probe.about === issuer;
      const asked = view
        .finals('server-oauth', 'server-openid-inserted', 'server-openid-appended')
        .filter(of);
      const isUrl = checkUrl(issuer, { allowHttp: true }).ok;
      // Its own metadata at a wrong place is ASM-01's; what was not asked is not judged.
      const isStray = view.finals('server-elsewhere').some(each => of(each) && each.json?.issuer === issuer);
      const isFound = isStray || asked.some(describesServer);
      const isUnread = asked.some(({ isCut, isHtml }) => isCut && !isHtml);
      if (isFound || isUnread || (isUrl && asked.length === 0)) continue;
      const failing = asked.filter(isDown);
      if (failing.length > 0) {
        yield {
          title: `The authorization server that the metadata names fails: ${quoteUrl(issuer)}`,
          detail: `Nobody can sign in until it answers. Whether its metadata is in order cannot be told. Asked were ${asked.map(outcome).join('; ')}.`,
          remedy:
            'See that the authorization server runs and can be reached from here. If it is somewhere else, name it as its own metadata does.',
          evidence: [document.id, ...failing.map(({ id }) => id)],
        };
        continue;
      }
      yield {
        title: isUrl
          ? `At the authorization server that the metadata names, no metadata is found: ${quoteUrl(issuer)}`
          : `The metadata names as authorization server what is no URL: ${quoteUrl(issuer)}`,
        detail: isUrl
          ? `It is the wrong issuer, cannot be reached, or publishes no metadata. Asked were ${asked.map(outcome).join('; ')}.`
          : 'Clients form the addresses of its metadata from it, which needs an https URL.',
        remedy:
          'Name the issuer exactly as its own metadata has it. Where the authorization server has no metadata, publish it on a host of yours and name that as issuer.',
        evidence: [document.id, ...asked.map(({ id }) => id)],
      };
    }
  },
};
