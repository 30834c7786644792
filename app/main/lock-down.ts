import type { Session, WebContents } from 'electron';
import { isWindowUrl, WINDOW_ORIGIN } from './scheme.ts';

const LOOPBACK = /^(?:127\.0\.0\.1|\[::1\]|localhost)$/;

/** What of a session is locked. */
export type LockedSession = Pick<
  Session,
  | 'setPermissionRequestHandler'
  | 'setPermissionCheckHandler'
  | 'setDevicePermissionHandler'
  | 'setSpellCheckerEnabled'
  | 'on'
> & { webRequest: Pick<Session['webRequest'], 'onBeforeRequest'> };

/** A page of ours may put text on the clipboard when a button for that is pressed; nothing else is granted. */
const GRANTED = 'clipboard-sanitized-write';

/** Takes from a session's pages what they have no need of: permissions, the network, files from elsewhere. */
export function lockSession(session: LockedSession): void {
  // Security 5: every permission is refused, asked for or looked up; so is every device.
  session.setPermissionRequestHandler((_contents, permission, decide, { requestingUrl }) =>
    decide(permission === GRANTED && isWindowUrl(requestingUrl)),
  );
  session.setPermissionCheckHandler(
    (_contents, permission, origin) =>
      permission === GRANTED && (origin === WINDOW_ORIGIN || isWindowUrl(origin)),
  );
  session.setDevicePermissionHandler(() => false);
  // Its dictionaries would be downloaded.
  session.setSpellCheckerEnabled(false);
  // Security 1: what is not in the application is not loaded at all, secure or not.
  session.webRequest.onBeforeRequest(({ url }, decide) => decide({ cancel: !mayLoad(url) }));
  // What the page has made itself may be saved, where the user says.
  session.on('will-download', (event, item) => {
    if (!isOwnBlob(item.getURL())) event.preventDefault();
  });
}

/** `devtools:` is there while developing only: in the packaged app nothing opens it. */
function mayLoad(address: string): boolean {
  return isWindowUrl(address) || isOwnBlob(address) || /^(?:data|devtools):/.test(address);
}

function isOwnBlob(address: string): boolean {
  return address.startsWith(`blob:${WINDOW_ORIGIN}/`);
}

/**
 * Keeps a page where it is: it goes nowhere, opens nothing, and embeds nothing. Links to the web are handed to
 * `open`, once they have been looked at.
 */
export function lockContents(
  contents: Pick<WebContents, 'on' | 'setWindowOpenHandler'>,
  open: (url: URL) => void,
): void {
  // Security 13: no navigation, in no frame, whoever begins it; the one page there is was loaded by us.
  contents.on('will-navigate', event => event.preventDefault());
  contents.on('will-frame-navigate', event => event.preventDefault());
  contents.on('will-redirect', event => event.preventDefault());
  // Security 11 and 12: there are no web views, so none has options to be verified or may open windows.
  contents.on('will-attach-webview', event => event.preventDefault());
  // Security 14: no second window; what one was asked for goes to the browser, or nowhere.
  contents.setWindowOpenHandler(({ url }) => {
    const link = linkToOpen(url);
    if (link) open(link);
    return { action: 'deny' };
  });
}

/**
 * Security 15: of what a page wants opened only web addresses pass, https or on this machine, for the lab is
 * there; none with a name and password in it. `undefined` for anything else.
 */
export function linkToOpen(address: string): URL | undefined {
  const url = URL.parse(address);
  if (url?.username !== '' || url.password !== '') return undefined;
  const isLoopback = url.protocol === 'http:' && LOOPBACK.test(url.hostname);
  return url.protocol === 'https:' || isLoopback ? url : undefined;
}
