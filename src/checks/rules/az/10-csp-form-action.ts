import type { Check } from '../../check.ts';
import { thread } from '../../references.ts';
import type { Answer, View } from '../../view.ts';

/** A page that a browser is shown, and where it has to be let go to at the end. */
interface Page {
  answer: Answer;
  callback: URL;
  /** Asked for as a client does, with a client ID and a redirect URI. */
  isReal: boolean;
}

export const check: Check = {
  code: 'AZ-10',
  name: 'csp-form-action',
  severity: 'broken',
  references: [
    {
      title: 'Content Security Policy Level 3, form-action',
      url: 'https://www.w3.org/TR/CSP3/#directive-form-action',
    },
    thread('PrefectHQ/fastmcp', 2302),
    thread('PrefectHQ/fastmcp', 3369),
    thread('everruns/everruns', 2918),
  ],
  *find(view) {
    const seen = new Set<string>();
    // Pages that a client was shown tell more than the one shown to nobody in particular.
    for (const { answer, callback, isReal } of pages(view)) {
      const wrong = policies(answer).find(policy => !allows(policy, callback, new URL(answer.url)));
      const { host } = new URL(answer.url);
      if (wrong === undefined || seen.has(host)) continue;
      seen.add(host);
      const hasForm = isReal && answer.status === 200 && /<form\b/i.test(answer.text);
      yield {
        title: `A page of the sign-in at ${host} lets forms lead nowhere but to: ${wrong.join(' ') || "'none'"}.`,
        detail: `Where its button sends a form, Chrome, Edge and Safari hold the redirect back to ${callback.origin} against form-action too, and nothing happens; Firefox lets it pass.${hasForm ? '' : ' This was seen on a page that is not yet the one with the button.'}`,
        remedy: `Add the client's callback to form-action on that page (http://127.0.0.1:* and http://localhost:* for programs on people's machines), or leave form-action out there.`,
        evidence: [answer.id],
        // The page with the last button may be another, unless nobody came back from this one.
        severity: hasForm ? (isStuck(view) ? 'broken' : 'fragile') : 'note',
      };
    }
  },
};

/** Whether a sign-in was begun from which the browser never came back. */
function isStuck({ examination: { flow } }: View): boolean {
  return flow?.request !== undefined && flow.callback === undefined;
}

function pages(view: View): Page[] {
  const asked = view.finals('authorize-preview', 'authorize-with-pkce').flatMap(answer => {
    const first = view.hops(answer.probe)[0]?.url ?? answer.url;
    const given =
      view.examination.flow?.request?.redirectUri ?? new URL(first).searchParams.get('redirect_uri');
    const callback = URL.parse(given ?? '');
    return callback ? [{ answer, callback, isReal: true }] : [];
  });
  const anyone = view
    .finals('authorize-page')
    .map(answer => ({ answer, callback: new URL('http://127.0.0.1:33418/callback'), isReal: false }));
  return [...asked, ...anyone].filter(({ answer }) => answer.isHtml);
}

/** The sources of form-action, of each policy that has one. */
function policies(answer: Answer): string[][] {
  return answer
    .fields('content-security-policy')
    .flatMap(value => value.split(','))
    .flatMap(policy => {
      const directive = policy
        .split(';')
        .map(each => each.trim().split(/\s+/))
        .find(([name]) => name?.toLowerCase() === 'form-action');
      return directive ? [directive.slice(1)] : [];
    });
}

/** Whether a list of sources covers a callback. CSP3 §6.7.2. */
function allows(sources: readonly string[], callback: URL, page: URL): boolean {
  return sources.some(source => {
    if (source === '*' || source.toLowerCase() === callback.protocol) return true;
    if (source.toLowerCase() === "'self'") return callback.origin === page.origin;
    const [, scheme, host = '', port] =
      /^(?:([\w+.-]+):\/\/)?([^/:]+|\[[^\]]*\])(?::(\*|\d+))?/.exec(source) ?? [];
    if (scheme !== undefined && `${scheme.toLowerCase()}:` !== callback.protocol) return false;
    const isHost = host.startsWith('*.')
      ? callback.hostname.endsWith(host.slice(1))
      : host === callback.hostname;
    return isHost && (port === '*' || (port ?? '') === callback.port);
  });
}
