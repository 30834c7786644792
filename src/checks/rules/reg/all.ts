import type { Check } from '../../check.ts';
import { check as reg01 } from './01-redirect-uri-refused.ts';
import { check as reg02 } from './02-application-type-web.ts';
import { check as reg03 } from './03-grant-types-pair.ts';
import { check as reg04 } from './04-default-method-refused.ts';
import { check as reg05 } from './05-scope-refused.ts';
import { check as reg06 } from './06-no-secret-expiry.ts';
import { check as reg07 } from './07-method-changed.ts';
import { check as reg08 } from './08-non-json-error.ts';
import { check as reg09 } from './09-anonymous-forbidden.ts';
import { check as reg10 } from './10-waf-on-register.ts';
import { check as reg11 } from './11-echoes-grants.ts';
import { check as reg12 } from './12-cimd-fetch.ts';
import { check as reg13 } from './13-registration-pruned.ts';
import { check as reg14 } from './14-preset-client-ignored.ts';
import { check as reg15 } from './15-dangerous-redirects.ts';
import { check as reg16 } from './16-shared-upstream-client.ts';
import { check as reg17 } from './17-registration-stops.ts';
import { check as reg18 } from './18-client-name.ts';

export const REG: readonly Check[] = [
  reg01,
  reg02,
  reg03,
  reg04,
  reg05,
  reg06,
  reg07,
  reg08,
  reg09,
  reg10,
  reg11,
  reg12,
  reg13,
  reg14,
  reg15,
  reg16,
  reg17,
  reg18,
];
