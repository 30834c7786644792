import type { Check } from '../../check.ts';
import { check as asm01 } from './01-path-insertion-404.ts';
import { check as asm02 } from './02-no-openid-configuration.ts';
import { check as asm03 } from './03-openid-alias-redirect.ts';
import { check as asm04 } from './04-oidc-append-only.ts';
import { check as asm05 } from './05-5xx-stops-fallback.ts';
import { check as asm06 } from './06-issuer-trailing-slash.ts';
import { check as asm07 } from './07-issuer-path-mismatch.ts';
import { check as asm08 } from './08-issuer-or-endpoints-http.ts';
import { check as asm09 } from './09-issuer-template.ts';
import { check as asm10 } from './10-pkce-not-advertised.ts';
import { check as asm11 } from './11-pkce-without-s256.ts';
import { check as asm12 } from './12-no-dcr-no-cimd.ts';
import { check as asm13 } from './13-dcr-advertised-but-off.ts';
import { check as asm14 } from './14-cimd-advertised-not-done.ts';
import { check as asm15 } from './15-required-fields-missing.ts';
import { check as asm16 } from './16-endpoints-unreachable.ts';
import { check as asm17 } from './17-endpoints-off-issuer-origin.ts';
import { check as asm18 } from './18-auth-methods-lie.ts';
import { check as asm19 } from './19-grants-without-refresh.ts';
import { check as asm20 } from './20-broad-or-empty-scopes.ts';
import { check as asm21 } from './21-iss-flag-mismatch.ts';
import { check as asm22 } from './22-no-metadata.ts';
import { check as asm23 } from './23-html.ts';
import { check as asm24 } from './24-jwks-broken.ts';
import { check as asm25 } from './25-response-modes-form-post.ts';
import { check as asm26 } from './26-documents-differ.ts';
import { check as asm27 } from './27-manual-as-needed.ts';
import { check as asm28 } from './28-server-metadata-stops.ts';

export const ASM: readonly Check[] = [
  asm01,
  asm02,
  asm03,
  asm04,
  asm05,
  asm06,
  asm07,
  asm08,
  asm09,
  asm10,
  asm11,
  asm12,
  asm13,
  asm14,
  asm15,
  asm16,
  asm17,
  asm18,
  asm19,
  asm20,
  asm21,
  asm22,
  asm23,
  asm24,
  asm25,
  asm26,
  asm27,
  asm28,
];
