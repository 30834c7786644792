import { Fault } from '../../src/base/fault.ts';
import type { ClientOptions } from '../../src/oauth/client-options.ts';
import type { ClientRegistration } from '../../src/oauth/grant.ts';
import { obtainClient } from '../../src/oauth/register.ts';
import type { ServerMetadata } from '../../src/oauth/report.ts';
import {
  authorizationServer,
  memoryRegistrations,
  type Quirks,
  serverMetadata,
} from './authorization-server.ts';
import { fakeSpan } from './fake-span.ts';
import { fakeWorld } from './fake-world.ts';

export const REDIRECTS = ['http://127.0.0.1:4000/callback', 'http://localhost:4000/callback'];
export const NOW = 1_750_000_000_000;

export interface Setting {
  options?: ClientOptions;
  metadata?: Partial<ServerMetadata>;
  kept?: ClientRegistration[];
  redirectUris?: readonly string[];
  signal?: AbortSignal;
}

/** Obtains one client after another at one authorization server in memory. */
export function client(quirks: Quirks = {}, setting: Setting = {}) {
  const server = authorizationServer(quirks);
  const world = fakeWorld({ servers: { [server.issuer]: server.handle } });
  const span = fakeSpan(world);
  const store = memoryRegistrations(...(setting.kept ?? []));
  const obtain = (more: Setting = {}) => {
    const { options = {}, metadata = {}, redirectUris = REDIRECTS, signal } = { ...setting, ...more };
    return obtainClient(serverMetadata(metadata), redirectUris, options, store, { span, signal }, NOW);
  };
  return { obtain, server, world, span, store };
}

/** The Fault a promise rejects with. */
export async function thrown(promise: Promise<unknown>): Promise<Fault> {
  const error: unknown = await promise.then(
    () => 'nothing',
    reason => reason,
  );
  if (error instanceof Fault) return error;
  throw new Error(`Not a Fault: ${error}`);
}
