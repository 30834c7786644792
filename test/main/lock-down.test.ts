import { EventEmitter } from 'node:events';
import { beforeEach, describe, expect, test } from 'vitest';
import { type LockedSession, linkToOpen, lockContents, lockSession } from '../../app/main/lock-down.ts';
import { asContents, FakeContents, preventable } from '../support/electron.ts';

describe('a page of the app', () => {
  let contents: FakeContents;
  let opened: string[];

  beforeEach(() => {
    contents = new FakeContents();
    opened = [];
    lockContents(asContents(contents), url => opened.push(url.href));
  });

  test.each(['will-navigate', 'will-frame-navigate', 'will-redirect', 'will-attach-webview'])(
    'is kept from what %s announces',
    event => expect(contents.prevents(event)).toBe(true),
  );

  test('opens no window; a link to the web goes to the browser', () => {
    expect(contents.openHandler?.({ url: 'https://docs.example/mcp' })).toEqual({ action: 'deny' });
    expect(contents.openHandler?.({ url: 'file:///etc/passwd' })).toEqual({ action: 'deny' });
    expect(opened).toEqual(['https://docs.example/mcp']);
  });
});

describe('a link that is to be opened outside', () => {
  test.each([
    'https://a.example/?q=1#x',
    'http://127.0.0.1:4000/authorize',
    'http://[::1]/',
    'http://localhost:1/',
  ])('may be %s', url => expect(linkToOpen(url)?.href).toBe(url));

  test.each([
    'http://a.example/',
    'http://127.0.0.1.a.example/',
    'http://localhost.a.example/',
    'https://127.0.0.1@a.example/',
    'https://name:word@a.example/',
    'file:///etc/passwd',
    'smb://a.example/share',
    'ms-msdt:/id',
    'vscode://a/b',
    'javascript:alert(1)',
    'data:text/html,x',
    'keybridge://window/',
    'about:blank',
    'a.example',
    '',
  ])('may not be %j', url => expect(linkToOpen(url)).toBeUndefined());
});

type Decide = (granted: boolean) => void;
type Handlers = {
  request?: (
    contents: unknown,
    permission: string,
    decide: Decide,
    details: { requestingUrl: string },
  ) => void;
  check?: (contents: unknown, permission: string, origin: string) => boolean;
  device?: () => boolean;
  load?: (details: { url: string }, decide: (answer: { cancel: boolean }) => void) => void;
  spelling?: boolean;
};

describe('a session of the app', () => {
  const handlers: Handlers = {};
  const session = Object.assign(new EventEmitter(), {
    setPermissionRequestHandler: (handler: Handlers['request']) =>
      Object.assign(handlers, { request: handler }),
    setPermissionCheckHandler: (handler: Handlers['check']) => Object.assign(handlers, { check: handler }),
    setDevicePermissionHandler: (handler: Handlers['device']) => Object.assign(handlers, { device: handler }),
    setSpellCheckerEnabled: (spelling: boolean) => Object.assign(handlers, { spelling }),
    webRequest: { onBeforeRequest: (load: Handlers['load']) => Object.assign(handlers, { load }) },
  });
  lockSession(session as unknown as LockedSession);

  const grants = (permission: string, url: string) => {
    let granted: boolean | undefined;
    handlers.request?.({}, permission, answer => (granted = answer), { requestingUrl: url });
    return [granted, handlers.check?.(null, permission, URL.parse(url)?.href ?? url)];
  };
  const loads = (url: string) => {
    let cancelled: boolean | undefined;
    handlers.load?.({ url }, ({ cancel }) => (cancelled = cancel));
    return cancelled === false;
  };

  test.each([
    'media',
    'geolocation',
    'notifications',
    'clipboard-read',
    'openExternal',
    'fileSystem',
    'hid',
    'unknown',
  ])('refuses the permission %s, asked for or looked up', permission =>
    expect(grants(permission, 'keybridge://window/')).toEqual([false, false]),
  );

  test('lets our page put text on the clipboard, and no other page', () => {
    expect(grants('clipboard-sanitized-write', 'keybridge://window/')).toEqual([true, true]);
    expect(handlers.check?.(null, 'clipboard-sanitized-write', 'keybridge://window')).toBe(true);
    expect(grants('clipboard-sanitized-write', 'https://a.example/')).toEqual([false, false]);
    expect(grants('clipboard-sanitized-write', '')).toEqual([false, false]);
  });

  test('grants no device and downloads no dictionary', () => {
    expect(handlers.device?.()).toBe(false);
    expect(handlers.spelling).toBe(false);
  });

  test.each(['keybridge://window/assets/a.js', 'blob:keybridge://window/0f', 'data:image/png;base64,'])(
    'loads %s',
    url => expect(loads(url)).toBe(true),
  );

  test.each([
    'https://a.example/x.js',
    'http://127.0.0.1:9/',
    'ws://a.example/',
    'file:///etc/passwd',
    'keybridge://other/',
    'blob:https://a.example/0f',
  ])('does not load %s', url => expect(loads(url)).toBe(false));

  test('saves what the page has made itself, and nothing from elsewhere', () => {
    const saves = (url: string) => {
      const event = preventable();
      session.emit('will-download', event, { getURL: () => url });
      return !event.defaultPrevented;
    };
    expect(saves('blob:keybridge://window/1c3d')).toBe(true);
    expect(saves('https://a.example/setup.exe')).toBe(false);
    expect(saves('blob:https://a.example/1c3d')).toBe(false);
  });
});
