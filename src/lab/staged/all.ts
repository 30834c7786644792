import { ENDPOINT } from './endpoint.ts';
import { IN_THE_WAY } from './in-the-way.ts';
import { ISSUER_METADATA } from './issuer.ts';
import { REGISTRATION } from './registration.ts';
import { RELAYS } from './relay.ts';
import { RESOURCE_METADATA } from './resource.ts';
import { SIGNED_IN } from './signed-in.ts';
import type { Stage } from './stage.ts';
import { SUBPATH } from './subpath.ts';
import { TOKENS } from './tokens.ts';

/** Every staged server there is, by area. */
export const STAGED: readonly Stage[] = [
  ...ENDPOINT,
  ...IN_THE_WAY,
  ...RESOURCE_METADATA,
  ...ISSUER_METADATA,
  ...SUBPATH,
  ...REGISTRATION,
  ...RELAYS,
  ...TOKENS,
  ...SIGNED_IN,
];
