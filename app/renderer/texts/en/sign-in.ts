import type { Party, TokenClaim } from '../../../../src/api/window.ts';
import type { Term } from '../../model/terms.ts';

const parties: Record<Party, string> = {
  host: 'Host',
  keybridge: 'Keybridge',
  browser: 'Browser',
  'authorization-server': 'Authorization server',
  'mcp-server': 'MCP server',
};

/** What each arrow says, by the name of the arrow. */
const arrows: Readonly<Record<string, string>> = {
  asked: 'Sign in, please',
  request: 'First request, without a token',
  challenge: 'A token is needed',
  'resource-metadata': 'Who issues tokens for you?',
  'server-metadata': 'Where do I ask for one?',
  registration: 'Register as a client',
  device: 'A code for another device, please',
  open: 'Open the sign-in page',
  consent: 'You sign in and allow the access',
  callback: 'The browser comes back',
  token: 'Exchange for a token',
  call: 'First request with the token',
  ready: 'Signed in',
};

const states = {
  next: 'Next',
  running: 'Under way',
  done: 'Done',
  failed: 'Failed',
  skipped: 'Not needed',
};

const terms: Record<Term, string> = {
  method: 'The first message of every MCP conversation: both sides say what they can do.',
  status: '401 means: who are you? The answer says where to find out how to sign in.',
  scheme: 'How the server wants to be shown who asks. Bearer: with a token.',
  resource_metadata:
    'Where the MCP server describes itself: which authorization servers it trusts, and for what.',
  error: 'Why the other side says no, in one of a few agreed words.',
  resource:
    'Which server the token is for. A token for one server is then of no use to another that gets hold of it.',
  issuer:
    'The exact name of the authorization server. It is compared letter by letter, so that no other can pose as it.',
  authorization_endpoint: 'The page where you sign in. Only your browser goes there.',
  token_endpoint: 'Where Keybridge itself exchanges the code for a token, and renews it later.',
  registration_endpoint: 'Where a program may introduce itself, so that nobody has to do it by hand.',
  scope: 'What the token may be used for. Fewer is safer; you are shown these words when you consent.',
  client_name: 'The name you are shown when you consent.',
  redirect_uri:
    'Where your browser is sent back to: an address of this machine only. The server must know it beforehand, so that nobody else is sent the code.',
  grant_type: 'What is exchanged for a token: a code, a device code, or the client’s own secret.',
  response_type: '“code”: the browser brings back a one-time code and never the token itself.',
  token_endpoint_auth_method:
    '“none”: a program on your machine can keep no secret that others could not read, so PKCE takes its place.',
  application_type: '“native”: a program on your machine, not a web site.',
  client_id: 'The name the authorization server knows this program by. It is no secret.',
  client_secret: 'What proves that it is this client. It is sent to the token endpoint only.',
  code_challenge:
    'PKCE: a fingerprint of a secret that never leaves Keybridge until the exchange. Whoever steals the code cannot use it.',
  code_challenge_method: 'How the fingerprint is made. S256 (SHA-256) is the only one that is safe.',
  code_verifier:
    'PKCE: the secret behind the fingerprint. By showing it, Keybridge proves that it is the one who began the sign-in.',
  state:
    'A random word that must come back unchanged. An answer with another one belongs to a sign-in you did not start.',
  prompt: '“consent”: you are asked again, which some servers need for a sign-in that lasts.',
  code: 'Good for one exchange and for a short while only. It is worthless without the code verifier.',
  iss: 'Who answers. It must be the authorization server that was asked, or the answer is thrown away.',
  device_code: 'Stands for this sign-in while you enter the short code on any device.',
  bearer: 'Whoever bears the token is let in: that is why it never leaves Keybridge, and is not shown here.',
  aud: 'Whom the token is for. It should be the MCP server; a server must refuse tokens for others.',
  exp: 'Until when it can be used. Keybridge renews it before that where it can.',
  token_type: 'How the token is shown to the server. MCP knows Bearer only.',
  refresh_token:
    'What the next token is asked for with, without you. Without one you sign in again each time.',
};

const claims: Record<TokenClaim['name'], string> = {
  aud: 'Audience',
  iss: 'Issuer',
  scope: 'Scopes',
  exp: 'Expires',
  client_id: 'Client',
  sub: 'Subject',
  token_type: 'Type',
  refresh_token: 'Refresh token',
};

export const signIn = {
  title: 'Sign-in',
  intro:
    'Watch a sign-in as it happens, or walk it one request at a time. What it brings, your hosts use at once.',
  signIn: 'Sign in',
  signInAgain: 'Sign in again',
  walk: 'Walk step by step',
  next: 'Next',
  cancel: 'Cancel',
  running: 'Signing in …',
  signedIn: 'You are signed in.',
  toHost: 'Use it in a host',
  signedInOpen: 'The server needs no sign-in.',
  cancelled: 'The sign-in was called off. Nothing was stored.',
  failed: 'The sign-in failed',
  alreadySignedIn:
    'You are signed in already, so a sign-in only tries the token there is. Sign out first to see all of it.',
  signOutFirst: 'Sign out',
  paused: (step: string) => `It waits. Next: ${step}`,
  pausedText: 'This is what will be sent. Nothing of it has been sent yet.',
  codeIsShort: 'The code is good for a short while only: do not wait too long here.',
  browserTitle: 'Your browser opens next',
  browserText: (server: string, authorize: string) =>
    `To use ${server}, you sign in at ${authorize}. Go on only if you trust both.`,
  mcpServer: 'MCP server',
  issuer: 'Authorization server',
  authorizeHost: 'Sign-in page',
  tokenHost: 'What you allow goes to',
  elsewhere: (page: string, token: string) =>
    `The page is at ${page}, but what you allow there goes to ${token}. They may not belong together: go on only if you know that they do.`,
  belongTogether: 'They belong together: go on',
  sameHost: 'Both are on one host.',
  openBrowser: 'Open the browser',
  linkOpened: 'The sign-in page is open in your browser.',
  linkByHand: 'No browser could be opened here. Open this link in one:',
  linkElsewhere: 'The browser is elsewhere?',
  copyLink: 'Copy the link',
  appWaits: 'An app waits for a sign-in. It can be completed here as well as through this link.',
  appWantsMore: (scopes: string) =>
    scopes === ''
      ? 'An app wants more scopes. Sign in here or through this link to allow them.'
      : `An app wants more scopes (${scopes}). Sign in here or through this link to allow them.`,
  signInMore: 'Sign in with more scopes',
  openLink: 'Open it here',
  openAgain: 'Open it again, if the tab was closed',
  pasteLabel: 'Address the browser ended at',
  pasteHint: 'It begins with http://127.0.0.1 or http://localhost. Paste it whole.',
  paste: 'Hand it over',
  userCode: 'Enter this code',
  userCodeText: 'Open the page on any device and enter the code there.',
  copyCode: 'Copy the code',
  thisWindow: 'This window',
  sequence: 'Messages of the sign-in, in order',
  parties,
  arrows,
  states,
  between: (from: string, to: string) => `${from} to ${to}`,
  parameters: 'What is sent',
  sent: 'What was sent and said',
  noDetails: 'There is nothing more to say of it.',
  exchanges: 'Requests',
  exchangeGone: 'It is no longer in the trace.',
  terms,
  tokenTitle: 'What the token says',
  tokenJwt: 'Read in Keybridge; the token itself is never shown.',
  tokenOpaque: 'Only its issuer can read this token; this is what came with it.',
  claim: 'Claim',
  value: 'Value',
  expected: 'Expected',
  verdict: 'Verdict',
  claims,
  verdicts: {
    'as-expected': 'As expected',
    other: 'Differs',
    missing: 'Missing',
    information: 'For information',
  } satisfies Record<TokenClaim['verdict'], string>,
  refreshIssued: 'Came with it',
  none: 'None',
};
