import type { Check } from '../../check.ts';
import { check as chl01 } from './01-no-challenge.ts';
import { check as chl02 } from './02-no-resource-metadata.ts';
import { check as chl03 } from './03-resource-metadata-404.ts';
import { check as chl04 } from './04-wrong-address.ts';
import { check as chl05 } from './05-header-renamed.ts';
import { check as chl06 } from './06-params-stripped.ts';
import { check as chl07 } from './07-403-instead-of-401.ts';
import { check as chl08 } from './08-other-status.ts';
import { check as chl09 } from './09-lazy-auth.ts';
import { check as chl10 } from './10-error-inside-200.ts';
import { check as chl11 } from './11-bad-token.ts';
import { check as chl12 } from './12-from-client-headers.ts';
import { check as chl13 } from './13-points-to-as-document.ts';
import { check as chl14 } from './14-scope-differs.ts';
import { check as chl15 } from './15-redirect-before-auth.ts';
import { check as chl16 } from './16-non-bearer-only.ts';
import { check as chl17 } from './17-phantom-oauth.ts';
import { check as chl18 } from './18-first-request.ts';

export const CHL: readonly Check[] = [
  chl01,
  chl02,
  chl03,
  chl04,
  chl05,
  chl06,
  chl07,
  chl08,
  chl09,
  chl10,
  chl11,
  chl12,
  chl13,
  chl14,
  chl15,
  chl16,
  chl17,
  chl18,
];
