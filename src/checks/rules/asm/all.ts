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

export const ASM: readonly Check[] = [asm01, asm02, asm03, asm04, asm05, asm06, asm07, asm08, asm09, asm10];
