import type { ServerResponse } from 'node:http';
import { answer } from './loopback.ts';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
body { margin: 0; display: grid; place-items: center; min-height: 100vh; }
main { width: min(26rem, calc(100vw - 3rem)); padding: 1.5rem 0; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; line-height: 1.25; margin: 0 0 .75rem; }
label { display: block; font-weight: 600; }
input, button { font: inherit; padding: .5rem .75rem; border: 1px solid; border-radius: .4rem; }
input { width: 100%; box-sizing: border-box; margin: .25rem 0 1rem; }
button { cursor: pointer; margin-right: .5rem; }
:focus-visible { outline: 3px solid Highlight; outline-offset: 2px; }
`;

/** No script, nothing from elsewhere, no frame around it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'";

/** Not `no-referrer`: under that, browsers post the lab's own forms with `Origin: null`. */
export const PAGE_HEADERS = { 'Content-Security-Policy': POLICY, 'Referrer-Policy': 'same-origin' } as const;

/** Sends one of the pages below. */
export function sendPage(res: ServerResponse, status: number, html: string): void {
  answer(res, status, 'text/html; charset=utf-8', html, PAGE_HEADERS);
}

/** Text as HTML text; whatever a client calls itself stays text. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`);
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)} – Keybridge lab</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escaped(title)}</h1>
${body}
</main>
</body>
</html>
`;
}

/** Asks for an account name; any will do. */
export function loginPage(problem = ''): string {
  return page(
    'Sign in to the lab',
    `<p id="hint">${escaped(problem || 'This is a practice server on your own machine. Any name will do, and there is no password.')}</p>
<form id="lab-login" method="post">
<label for="account">Account name</label>
<input id="account" name="account" required maxlength="64" autocomplete="username" aria-describedby="hint" autofocus>
<button type="submit">Sign in</button>
</form>`,
  );
}

/** What the user is asked to agree to. Everything in it may have been chosen by the client. */
export interface Consent {
  client: string;
  account: string;
  resource: string;
  scopes: readonly string[];
}

/** Asks for Allow or Deny. */
export function consentPage(consent: Consent): string {
  const scopes = consent.scopes.map(scope => `<li><code>${escaped(scope)}</code></li>`).join('');
  return page(
    'Allow access?',
    `<p><strong>${escaped(consent.client)}</strong> asks to use <code>${escaped(consent.resource)}</code> as <strong>${escaped(consent.account)}</strong>, with:</p>
<ul>${scopes}</ul>
<form id="lab-consent" method="post">
<button type="submit" name="decision" value="allow">Allow</button>
<button type="submit" name="decision" value="deny">Deny</button>
</form>`,
  );
}

/** Asks for the code another machine shows. RFC 8628 §3.3. `form`: the provider's, without a button. */
export function codePage(form: string, problem = ''): string {
  return page(
    'Enter the code',
    `<p>${escaped(problem || 'It stands where you started the sign-in.')}</p>
${form}
<button type="submit" form="op.deviceInputForm">Go on</button>`,
  );
}

/** Asks whether the code is the one that is shown there. RFC 8628 §5.4. */
export function codeConfirmPage(form: string, client: string, code: string): string {
  return page(
    'Is this the code?',
    `<p><strong>${escaped(client)}</strong> waits with <code>${escaped(code)}</code>. Go on only if you see the same code there.</p>
${form}
<button type="submit" form="op.deviceConfirmForm">Go on</button>
<button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">Stop</button>`,
  );
}

/** The other machine goes on by itself. */
export function codeDonePage(): string {
  return page('You are signed in', '<p>Where you started goes on by itself. You can close this page.</p>');
}

/** Says what went wrong, where there is nobody to send the browser back to. */
export function problemPage(code: string, description: string): string {
  return page(
    'This cannot go on',
    `<p>${escaped(description)}</p>\n<p>Error code: <code>${escaped(code)}</code></p>`,
  );
}
