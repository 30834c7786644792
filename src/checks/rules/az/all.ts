import type { Check } from '../../check.ts';
import { check as az01 } from './01-resource-conflict.ts';
import { check as az02 } from './02-forwarded-resource.ts';
import { check as az03 } from './03-scope-without-resource.ts';
import { check as az04 } from './04-redirect-uri-mismatch.ts';
import { check as az05 } from './05-consent-required.ts';
import { check as az06 } from './06-app-not-found.ts';
import { check as az07 } from './07-unknown-client.ts';
import { check as az08 } from './08-invalid-scope.ts';
import { check as az09 } from './09-audience-needed.ts';
import { check as az10 } from './10-csp-form-action.ts';
import { check as az11 } from './11-loopback-port.ts';
import { check as az12 } from './12-localhost-or-address.ts';
import { check as az13 } from './13-resource-mutated.ts';
import { check as az14 } from './14-login-drops-request.ts';
import { check as az15 } from './15-pkce-ignored.ts';
import { check as az16 } from './16-silent-bounce.ts';
import { check as az17 } from './17-sign-in-stops.ts';

export const AZ: readonly Check[] = [
  az01,
  az02,
  az03,
  az04,
  az05,
  az06,
  az07,
  az08,
  az09,
  az10,
  az11,
  az12,
  az13,
  az14,
  az15,
  az16,
  az17,
];
