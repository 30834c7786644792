import type { Check } from '../../check.ts';
import { check as prm01 } from './01-path-variant-404.ts';
import { check as prm02 } from './02-root-404.ts';
import { check as prm03 } from './03-doubled-suffix.ts';
import { check as prm04 } from './04-under-mount-prefix.ts';
import { check as prm05 } from './05-html-200.ts';
import { check as prm06 } from './06-needs-auth.ts';
import { check as prm07 } from './07-resource-http.ts';
import { check as prm08 } from './08-resource-is-origin.ts';
import { check as prm09 } from './09-hardcoded-path.ts';
import { check as prm10 } from './10-other-host.ts';
import { check as prm11 } from './11-spelling.ts';
import { check as prm12 } from './12-not-https-url.ts';
import { check as prm13 } from './13-resource-missing.ts';
import { check as prm14 } from './14-no-authorization-servers.ts';
import { check as prm15 } from './15-not-an-as.ts';
import { check as prm16 } from './16-as-url-is-endpoint.ts';
import { check as prm17 } from './17-internal-names.ts';
import { check as prm18 } from './18-server-fields.ts';
import { check as prm19 } from './19-offline-access.ts';
import { check as prm20 } from './20-no-scopes.ts';
import { check as prm21 } from './21-redirect.ts';
import { check as prm22 } from './22-content-type.ts';
import { check as prm23 } from './23-multiple-as.ts';
import { check as prm24 } from './24-vendor-address.ts';
import { check as prm25 } from './25-bearer-methods.ts';
import { check as prm26 } from './26-stale-copy.ts';
import { check as prm27 } from './27-resource-metadata-stops.ts';

export const PRM: readonly Check[] = [
  prm01,
  prm02,
  prm03,
  prm04,
  prm05,
  prm06,
  prm07,
  prm08,
  prm09,
  prm10,
  prm11,
  prm12,
  prm13,
  prm14,
  prm15,
  prm16,
  prm17,
  prm18,
  prm19,
  prm20,
  prm21,
  prm22,
  prm23,
  prm24,
  prm25,
  prm26,
  prm27,
];
